import type { ReactNode } from 'react';
import type { Verification } from '../../shared/contract/engine.ts';
import type { ApplySession } from '../model/apply-session.ts';
import { totalElapsed } from '../model/steps.ts';
import { useActions, useSnapshot } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Measurement } from '../ui/Measurement.tsx';
import { SessionSteps } from './SessionSteps.tsx';

function titleFor(verification: Verification | null, configured: boolean): string {
  if (verification === null) return 'The engine runs; isolation was not measured';
  if (verification.enforced !== configured) return 'The VM was measured to be otherwise than asked';
  return verification.enforced ? 'Containers are isolated' : 'Containers are not isolated';
}

/** The confirmation: not that something was set, but what a container was measured to be. */
export function Done({
  session,
  verification,
}: {
  readonly session: ApplySession;
  readonly verification: Verification | null;
}): ReactNode {
  const { endSession } = useActions();
  const { engine } = useSnapshot();
  const took = totalElapsed(engine.steps);
  return (
    <Dialog
      title={titleFor(verification, engine.eci.configured)}
      onEscape={endSession}
      footer={
        <>
          <span className="dialog__aside">{took !== null && `Took ${took}.`}</span>
          <Button look="primary" onPress={endSession}>
            Done
          </Button>
        </>
      }
    >
      {verification !== null && <Measurement verification={verification} />}
      <SessionSteps session={session} moved over />
    </Dialog>
  );
}
