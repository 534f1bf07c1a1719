import type { ReactNode } from 'react';
import { useActions, useSnapshot } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';

/** Given up on request. */
export function Cancelled(): ReactNode {
  const { endSession } = useActions();
  const { engine } = useSnapshot();
  return (
    <Dialog
      title="Cancelled"
      onEscape={endSession}
      footer={
        <Button look="primary" onPress={endSession}>
          Close
        </Button>
      }
    >
      <p>
        {engine.state.kind === 'running'
          ? 'The VM runs on as it was, and so do its containers. Your change is still waiting to be applied.'
          : 'The start was given up, so the engine is stopped. Your change is still waiting to be applied.'}
      </p>
    </Dialog>
  );
}
