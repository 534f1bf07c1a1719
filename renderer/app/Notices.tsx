import type { ReactNode } from 'react';
import type { SettingsNotice } from '../../shared/contract/settings.ts';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import './notices.css';

function Notice({ notice }: { readonly notice: SettingsNotice }): ReactNode {
  const { dismissNotice } = useActions();
  const { pending, failure } = useTask(`notice:${notice.id}`);
  return (
    <li className="notice">
      <div className="notice__text">
        <p>
          <strong>{notice.message}</strong>
        </p>
        <code className="path">{notice.path}</code>
        <FailureNote failure={failure} />
      </div>
      <Button pending={pending} onPress={() => void dismissNotice(notice.id)}>
        Dismiss
      </Button>
    </li>
  );
}

/** What happened to the user's settings file; each remark stays until it is dismissed. */
export function Notices(): ReactNode {
  const { notices } = useSnapshot();
  return (
    <div aria-live="polite">
      {notices.length > 0 && (
        <ul className="notices" aria-label="Notices">
          {notices.map((notice) => (
            <Notice key={notice.id} notice={notice} />
          ))}
        </ul>
      )}
    </div>
  );
}
