import { useEffect, type ReactNode } from 'react';
import { useActions, useTask, useWindow } from '../state/context.ts';
import { Button } from './Button.tsx';
import { CopyButton } from './CopyButton.tsx';
import { FailureNote } from './FailureNote.tsx';
import './log-view.css';

/** The newest lines are in view when a log is shown. */
function scrollToEnd(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight;
}

/** The end of the engine's log, read when this appears. It can be copied as a whole. */
export function LogView(): ReactNode {
  const { readLog } = useActions();
  const log = useWindow((state) => state.log);
  const { pending, failure } = useTask('readLog');

  useEffect(() => {
    void readLog();
  }, [readLog]);

  return (
    <section className="log" aria-label="Engine log">
      <div className="log__head">
        {log !== null && <code className="log__path">{log.path}</code>}
        <Button look="quiet" pending={pending} onPress={() => void readLog()}>
          Read again
        </Button>
        {log !== null && <CopyButton text={log.text} what="the log" />}
      </div>
      <FailureNote failure={failure} />
      {log !== null && (
        // What scrolls has to be reachable without a mouse.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <section key={log.text} ref={scrollToEnd} className="log__text" tabIndex={0} aria-label="End of the engine log">
          <pre>{log.text === '' ? 'The log is empty.' : log.text}</pre>
        </section>
      )}
    </section>
  );
}
