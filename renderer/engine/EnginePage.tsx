import type { ReactNode } from 'react';
import type { Accelerator } from '../../shared/contract/engine.ts';
import { formatMoment } from '../model/clock.ts';
import { currentMeasurement, engineHeadline, isBusy } from '../model/engine-summary.ts';
import { stepLines } from '../model/steps.ts';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { AlertIcon } from '../ui/icons.tsx';
import { LogView } from '../ui/LogView.tsx';
import { Measurement } from '../ui/Measurement.tsx';
import { StepList } from '../ui/StepList.tsx';
import { useNow } from '../ui/use-now.ts';
import { DeepCheckSection } from './DeepCheck.tsx';
import './engine-page.css';

const ACCELERATORS: Readonly<Record<Accelerator['name'], string>> = {
  kvm: 'KVM',
  hvf: 'Hypervisor.framework',
  whpx: 'Windows Hypervisor Platform',
  tcg: 'None: software emulation (TCG)',
};

function Isolation(): ReactNode {
  const { verify } = useActions();
  const { engine } = useSnapshot();
  const { pending, failure } = useTask('verify');
  const measured = currentMeasurement(engine);
  const isRunning = engine.state.kind === 'running';
  return (
    <section className="engine__section" aria-labelledby="isolation-title">
      <div className="engine__head">
        <h2 id="isolation-title">Isolation</h2>
        <Button pending={pending} disabled={!isRunning} onPress={() => void verify()}>
          Measure now
        </Button>
      </div>
      {measured === null ? (
        <p className="dim">
          {isRunning ? 'Not measured since the VM booted.' : 'Can be measured while the engine runs.'} The settings ask
          for {engine.eci.configured ? 'isolated' : 'plain'} containers.
        </p>
      ) : (
        <Measurement verification={measured} />
      )}
      <FailureNote failure={failure} />
    </section>
  );
}

function Facts(): ReactNode {
  const { engine, version, platform, standInElectron } = useSnapshot();
  const now = useNow(true, 60_000);
  const { title } = engineHeadline(engine.state);
  return (
    <dl className="facts">
      <dt>State</dt>
      <dd>
        {title} since {formatMoment(engine.state.since, now)}
      </dd>
      <dt>Docker socket</dt>
      <dd>
        <code>{engine.dockerSocket}</code>{' '}
        <CopyButton text={`unix://${engine.dockerSocket}`} what="the Docker host address" />
      </dd>
      <dt>Accelerator</dt>
      <dd>
        {engine.accelerator === null ? (
          <span className="dim">chosen at the first start</span>
        ) : (
          <>
            {ACCELERATORS[engine.accelerator.name]} <span className="dim">{engine.accelerator.reason}</span>
          </>
        )}
      </dd>
      <dt>Boot id</dt>
      <dd>{engine.bootId === null ? <span className="dim">no VM runs</span> : <code>{engine.bootId}</code>}</dd>
      <dt>Bulkhead</dt>
      <dd>
        {version} on {platform}
        {standInElectron && <span className="dim"> · stand-in Electron for tests, not for release</span>}
      </dd>
    </dl>
  );
}

/** What is not as the settings ask for, although the engine runs. */
function Warnings(): ReactNode {
  const { engine } = useSnapshot();
  if (engine.warnings.length === 0) return null;
  return (
    <section className="engine__section" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Not as the settings ask for</h2>
      <ul className="engine__warnings">
        {engine.warnings.map(({ message, remedy }) => (
          <li key={message}>
            <AlertIcon />
            <div>
              <p>
                <strong>{message}</strong>
              </p>
              <p className="dim">{remedy}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function LastOperation(): ReactNode {
  const { engine: operate } = useActions();
  const { engine, policy } = useSnapshot();
  const { pending } = useTask('startEngine');
  const busy = isBusy(engine.state);
  const now = useNow(busy, 250);
  const failed = engine.state.kind === 'failed' ? engine.state.reason : null;
  if (engine.steps.length === 0 && failed === null) return null;
  return (
    <section className="engine__section" aria-labelledby="operation-title">
      <div className="engine__head">
        <h2 id="operation-title">{busy ? 'Under way' : 'Last operation'}</h2>
        {failed !== null && (
          <Button pending={pending} disabled={policy.kind === 'invalid'} onPress={() => void operate('startEngine')}>
            Retry
          </Button>
        )}
      </div>
      <FailureNote failure={failed?.failure ?? null} />
      <StepList lines={stepLines([], engine.steps, now, !busy)} />
    </section>
  );
}

/** The engine in detail: what it is, what it was measured to be, what it did last, and its log. */
export function EnginePage(): ReactNode {
  return (
    <main className="engine">
      <div className="engine__content">
        <h1>Engine</h1>
        <Facts />
        <Warnings />
        <LastOperation />
        <Isolation />
        <DeepCheckSection />
        <section className="engine__section" aria-labelledby="log-title">
          <h2 id="log-title">Log</h2>
          <LogView />
        </section>
      </div>
    </main>
  );
}
