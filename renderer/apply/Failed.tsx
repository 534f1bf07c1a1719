import { useState, type ReactNode } from 'react';
import type { EngineStep } from '../../shared/contract/engine.ts';
import type { Failure } from '../../shared/contract/result.ts';
import type { ApplySession } from '../model/apply-session.ts';
import { patchOf, pendingChanges } from '../model/changes.ts';
import { STEP_LABELS } from '../model/steps.ts';
import { useActions, useSnapshot } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { LogView } from '../ui/LogView.tsx';
import { SessionSteps } from './SessionSteps.tsx';

interface FailedProps {
  readonly session: ApplySession;
  readonly step: EngineStep | null;
  readonly failure: Failure;
}

/** Which step failed, why, what can be done, and the log. */
export function Failed({ session, step, failure }: FailedProps): ReactNode {
  const { retry, endSession } = useActions();
  const { settings, engine } = useSnapshot();
  const [logShown, setLogShown] = useState(false);
  const isSaved = pendingChanges(settings, patchOf(session.changes)).length === 0;
  return (
    <Dialog
      title={step === null ? 'The engine did not start' : `“${STEP_LABELS[step]}” failed`}
      onEscape={endSession}
      footer={
        <>
          <span className="dialog__aside">
            {isSaved ? 'Your change is saved.' : 'Your change is not saved.'}{' '}
            {engine.state.kind === 'running'
              ? 'The VM runs on as it was.'
              : 'The engine is stopped, so no container runs.'}
          </span>
          <Button look="quiet" expanded={logShown} onPress={() => setLogShown(!logShown)}>
            {logShown ? 'Hide log' : 'Show log'}
          </Button>
          <Button onPress={endSession}>Close</Button>
          <Button look="primary" onPress={() => void retry()}>
            Retry
          </Button>
        </>
      }
    >
      <FailureNote failure={failure} />
      {logShown ? <LogView /> : <SessionSteps session={session} moved over />}
    </Dialog>
  );
}
