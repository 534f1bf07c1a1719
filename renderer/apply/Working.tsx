import type { ReactNode } from 'react';
import type { EngineSnapshot } from '../../shared/contract/engine.ts';
import type { ApplySession } from '../model/apply-session.ts';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { SessionSteps } from './SessionSteps.tsx';

function cancelSentence({ cancellable, state, steps }: EngineSnapshot, restarts: boolean): string {
  if (steps.some(({ outcome }) => outcome === 'failed')) return 'A step failed; the VM is being powered off.';
  if (steps.some(({ outcome }) => outcome === 'cancelled')) return 'Cancelled; the VM is being powered off.';
  if (!cancellable) return 'Past the point of no return: this step can’t be cancelled.';
  return restarts && state.kind === 'preparing'
    ? 'Cancel leaves the VM and the setting as they are.'
    : 'Cancel gives up the start and puts the setting back.';
}

/** The restart under way. It goes on when the dialog is hidden. */
export function Working({ session, moved }: { readonly session: ApplySession; readonly moved: boolean }): ReactNode {
  const { engine: operate, showSession } = useActions();
  const { engine } = useSnapshot();
  const { pending, failure } = useTask('cancelOperation');
  const restarts = session.submission?.planned.includes('powerOff') ?? false;
  return (
    <Dialog
      title={restarts ? 'Restarting the VM' : 'Starting the VM'}
      onEscape={() => showSession(false)}
      footer={
        <>
          <span className="dialog__aside" id="cancel-sentence">
            {moved && cancelSentence(engine, restarts)}
          </span>
          <Button look="quiet" onPress={() => showSession(false)}>
            Hide
          </Button>
          <Button
            pending={pending}
            disabled={!engine.cancellable}
            describedBy="cancel-sentence"
            onPress={() => void operate('cancelOperation')}
          >
            Cancel
          </Button>
        </>
      }
    >
      <SessionSteps session={session} moved={moved} over={false} />
      <FailureNote failure={failure} />
    </Dialog>
  );
}
