import type { ReactNode } from 'react';
import type { UpdateStatus } from '../../shared/contract/app.ts';
import { formatMoment } from '../model/clock.ts';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { useNow } from '../ui/use-now.ts';
import './update-panel.css';

function headline(update: UpdateStatus): string {
  switch (update.state) {
    case 'off':
      return 'Bulkhead does not look for newer versions';
    case 'unknown':
      return 'Not checked since Bulkhead started';
    case 'checking':
      return 'Checking for a newer version…';
    case 'upToDate':
      return 'There is no newer version';
    case 'available':
      return `Bulkhead ${update.version} is available`;
    case 'failed':
      return 'The check for a newer version failed';
  }
}

function detail(update: UpdateStatus, now: number): string | null {
  switch (update.state) {
    case 'off':
      return update.message;
    case 'unknown':
    case 'checking':
      return null;
    case 'upToDate':
    case 'available':
      return `Last checked ${formatMoment(update.checkedAt, now)}`;
    case 'failed':
      return `${update.message} Tried ${formatMoment(update.checkedAt, now)}`;
  }
}

/** The version that runs, what is known of newer ones, and the way to ask now. Nothing is downloaded or installed. */
export function UpdatePanel(): ReactNode {
  const { checkForUpdates, openRelease } = useActions();
  const { version, update } = useSnapshot();
  const now = useNow(true, 60_000);
  const check = useTask('checkForUpdates');
  const open = useTask('openRelease');
  const remark = detail(update, now);
  return (
    <section className="update" aria-labelledby="update-title">
      <div>
        <h2 id="update-title">Bulkhead {version}</h2>
        <div className="update__state" id="update-state" aria-live="polite">
          <span className={update.state === 'available' ? 'update__news' : undefined}>{headline(update)}</span>
          {remark !== null && <span className="dim">{remark}</span>}
        </div>
      </div>
      <div className="update__actions">
        {update.state === 'available' && (
          <Button look="primary" pending={open.pending} onPress={() => void openRelease()}>
            Open release page
          </Button>
        )}
        <Button
          pending={check.pending || update.state === 'checking'}
          disabled={update.state === 'off'}
          describedBy="update-state"
          onPress={() => void checkForUpdates()}
        >
          Check now
        </Button>
      </div>
      <FailureNote failure={check.failure ?? open.failure} />
    </section>
  );
}
