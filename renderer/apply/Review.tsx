import type { ReactNode } from 'react';
import { plural } from '../model/plural.ts';
import type { ApplySession } from '../model/apply-session.ts';
import { useActions, useSnapshot, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { ChangeList } from './ChangeList.tsx';
import { ContainerReview } from './ContainerReview.tsx';

function restartSentence(running: number | null): string {
  const signal = 'Running containers get their stop signal, the VM powers off, boots again and is measured.';
  if (running === null) return signal;
  if (running === 0) return 'No container is running. The VM powers off, boots again and is measured.';
  return `${plural(running, 'running container')} ${running === 1 ? 'gets its' : 'get their'} stop signal, then the VM powers off, boots again and is measured.`;
}

/** What is about to happen, and the containers that it comes too late for. */
export function Review({ session }: { readonly session: ApplySession }): ReactNode {
  const { submit, endSession, setRemoveContainers } = useActions();
  const { engine } = useSnapshot();
  const containers = useWindow((state) => state.containers);
  const { changes, removeContainers } = session;
  const isRunning = engine.state.kind === 'running';
  const running = containers?.filter((container) => container.running).length ?? null;
  const removed = removeContainers && containers !== null ? containers.length : 0;

  return (
    <Dialog
      title={`Apply ${plural(changes.length, 'change')} and restart the VM?`}
      onEscape={endSession}
      footer={
        <>
          <span className="dialog__aside">{removed > 0 && `${plural(removed, 'container')} will be removed.`}</span>
          <Button onPress={endSession}>Cancel</Button>
          <Button look="primary" onPress={() => void submit()}>
            Apply & restart
          </Button>
        </>
      }
    >
      <ChangeList changes={changes} />
      <p className="dim">{isRunning ? restartSentence(running) : 'The VM boots with the change and is measured.'}</p>
      <ContainerReview
        isRunning={isRunning}
        turningOn={changes.some(({ key, to }) => key === 'enhancedContainerIsolation' && to === true)}
        remove={removeContainers}
        onRemove={setRemoveContainers}
      />
    </Dialog>
  );
}
