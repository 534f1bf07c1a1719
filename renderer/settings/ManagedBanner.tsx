import type { ReactNode } from 'react';
import { plural } from '../model/plural.ts';
import { useActions } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { LockIcon } from '../ui/icons.tsx';

/** Said on each tab on which an administrator has locked something. */
export function ManagedBanner({ locked }: { readonly locked: number }): ReactNode {
  const { showTab } = useActions();
  if (locked === 0) return null;
  return (
    <div className="settings__managed">
      <LockIcon />
      <strong>Some settings are managed by your administrator.</strong>
      <span>{plural(locked, 'setting')} on this page.</span>
      <Button look="link" onPress={() => showTab('policy')}>
        View policy
      </Button>
    </div>
  );
}
