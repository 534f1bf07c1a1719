import type { ReactNode } from 'react';
import type { EngineSnapshot } from '../../shared/contract/engine.ts';
import { formatMoment } from '../model/clock.ts';
import { formatRunning, millisecondsSince } from '../model/elapsed.ts';
import { currentMeasurement, engineHeadline, isBusy } from '../model/engine-summary.ts';
import { plural } from '../model/plural.ts';
import { rootLine } from '../model/uid-map.ts';
import { useActions, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { OpenShieldIcon, ShieldIcon, Spinner } from '../ui/icons.tsx';
import { useNow } from '../ui/use-now.ts';
import './engine-card.css';

/** When the step under way began. */
function stepSince({ steps, state }: EngineSnapshot): string {
  return steps.findLast(({ outcome }) => outcome === 'running')?.startedAt ?? state.since;
}

/** Whether the running VM isolates, and since when that is known; said only of what was measured. */
function Isolation({ engine, now }: { readonly engine: EngineSnapshot; readonly now: number }): ReactNode {
  if (engine.state.kind !== 'running') return null;
  const measured = currentMeasurement(engine);
  if (measured === null) return <p>Isolation not measured yet</p>;
  return (
    <>
      <p className={measured.enforced ? 'engine-card__isolated' : 'engine-card__open'}>
        {measured.enforced ? <ShieldIcon /> : <OpenShieldIcon />}
        <strong>{measured.enforced ? 'Isolated' : 'Not isolated'}</strong>
        <span>measured {formatMoment(measured.measuredAt, now)}</span>
      </p>
      <p>{rootLine(measured.uidMap)}</p>
    </>
  );
}

function Controls({ engine }: { readonly engine: EngineSnapshot }): ReactNode {
  const { engine: operate, showPage, showSession } = useActions();
  const { policy } = useSnapshot();
  const session = useWindow((state) => state.session);
  const start = useTask('startEngine');
  const stop = useTask('stopEngine');
  const restart = useTask('restartEngine');
  const cancel = useTask('cancelOperation');
  switch (engine.state.kind) {
    case 'running':
      return (
        <>
          <Button pending={stop.pending} disabled={restart.pending} onPress={() => void operate('stopEngine')}>
            Stop
          </Button>
          <Button pending={restart.pending} disabled={stop.pending} onPress={() => void operate('restartEngine')}>
            Restart
          </Button>
        </>
      );
    case 'stopped':
      return (
        <Button
          pending={start.pending}
          disabled={policy.kind === 'invalid'}
          describedBy={policy.kind === 'invalid' ? 'policy-error-title' : undefined}
          onPress={() => void operate('startEngine')}
        >
          Start
        </Button>
      );
    case 'failed':
      return (
        <>
          <Button pending={start.pending} onPress={() => void operate('startEngine')}>
            Start again
          </Button>
          <Button look="quiet" onPress={() => showPage('engine')}>
            Details
          </Button>
        </>
      );
    case 'preparing':
    case 'starting':
    case 'stopping':
      return (
        <>
          {engine.cancellable && (
            <Button pending={cancel.pending} onPress={() => void operate('cancelOperation')}>
              Cancel
            </Button>
          )}
          <Button look="quiet" onPress={() => (session === null ? showPage('engine') : showSession(true))}>
            Progress
          </Button>
        </>
      );
  }
}

/** The engine's state, always in the same corner: what runs, whether it isolates, and how that is known. */
export function EngineCard(): ReactNode {
  const { showPage } = useActions();
  const { engine, policy, restartPending, quitting } = useSnapshot();
  const busy = isBusy(engine.state);
  const now = useNow(true, busy ? 250 : 30_000);
  const { tone, title, step } = engineHeadline(engine.state);
  const tasks = useWindow((state) => state.tasks);
  const failure =
    (['startEngine', 'stopEngine', 'restartEngine', 'cancelOperation'] as const)
      .map((name) => tasks[name]?.failure ?? null)
      .find((candidate) => candidate !== null) ?? null;
  return (
    <section className="engine-card" aria-label="Engine" data-state={engine.state.kind}>
      <output className={`engine-card__title engine-card__title--${tone}`}>
        {tone === 'busy' ? <Spinner /> : <span className="engine-card__dot" />}
        {title}
      </output>
      <div className="engine-card__facts">
        {step !== null && (
          <p>
            {step}
            {busy && <> · {formatRunning(millisecondsSince(stepSince(engine), now))}</>}
            {engine.state.kind === 'failed' && ' failed'}
          </p>
        )}
        {engine.state.kind === 'failed' && step === null && <p>{engine.state.reason.failure.message}</p>}
        {engine.state.kind === 'stopped' && (
          <p>{policy.kind === 'invalid' ? 'The policy is not valid' : 'No container can run'}</p>
        )}
        <Isolation engine={engine} now={now} />
        {engine.warnings.length > 0 && (
          <p>
            <Button look="link" onPress={() => showPage('engine')}>
              {plural(engine.warnings.length, 'warning')}
            </Button>
          </p>
        )}
        {restartPending && <p>Saved settings are not in force until it restarts.</p>}
        {quitting && <p>Bulkhead quits as soon as the engine has stopped.</p>}
      </div>
      {!quitting && (
        <div className="engine-card__controls">
          <Controls engine={engine} />
        </div>
      )}
      {engine.state.kind !== 'failed' && <FailureNote failure={failure} />}
    </section>
  );
}
