import type { ReactNode } from 'react';
import { draftedValue } from '../model/draft-problems.ts';
import { useDraft, useSnapshot, useWindow } from '../state/context.ts';
import { LockIcon } from '../ui/icons.tsx';
import { PolicyPlace } from './Provenance.tsx';
import type { RowGroup } from './rows.ts';
import { SettingRow } from './SettingRow.tsx';
import './setting-group.css';

/**
 * Rows that one entry of the policy governs. A lock on all of them is said once, for the group. The fields below the
 * first row belong to its "manual" mode and are shown where they count: in that mode, when they are locked, and while
 * they hold a change.
 */
export function SettingGroup({ group: { name, rows } }: { readonly group: RowGroup }): ReactNode {
  const { settings } = useSnapshot();
  const draft = useDraft();
  const revealed = useWindow((state) => state.revealed?.key ?? null);
  const [head, ...fields] = rows;
  const isManual = draftedValue(draft, head.key) === 'manual';
  const isLocked = rows.every(({ key }) => settings[key].locked);
  const reason = isLocked ? `${name}-group-reason` : null;
  const shown = fields.filter(
    ({ key }) =>
      isManual ||
      settings[key].locked ||
      draft.draft[key] !== undefined ||
      draft.unread[key] !== undefined ||
      revealed === key,
  );
  return (
    <fieldset className="group" aria-labelledby={`${head.key}-label`} data-locked={isLocked}>
      {reason !== null && (
        <p className="group__lock" id={reason}>
          <LockIcon />
          <strong>Locked by your administrator</strong>
          <PolicyPlace policy={settings[head.key].policy} />
        </p>
      )}
      <SettingRow definition={head} groupReason={reason} />
      {shown.length > 0 && (
        <div className="group__fields">
          {shown.map((definition) => (
            <SettingRow key={definition.key} definition={definition} group={head.label} groupReason={reason} />
          ))}
        </div>
      )}
    </fieldset>
  );
}
