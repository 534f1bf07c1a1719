import type { ReactNode } from 'react';
import type { Failure } from '../../shared/contract/result.ts';
import { useActions } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';

/** The main process did not do it, and the engine is as it was. */
export function Refused({ failure }: { readonly failure: Failure }): ReactNode {
  const { retry, endSession } = useActions();
  const isFinal = failure.code === 'LOCKED' || failure.code === 'INVALID' || failure.code === 'UNKNOWN_KEY';
  return (
    <Dialog
      title="The change was not applied"
      onEscape={endSession}
      footer={
        <>
          <Button onPress={endSession}>Close</Button>
          {!isFinal && (
            <Button look="primary" onPress={() => void retry()}>
              Try again
            </Button>
          )}
        </>
      }
    >
      <FailureNote failure={failure} />
    </Dialog>
  );
}
