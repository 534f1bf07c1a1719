import type { ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { groupsOf } from './rows.ts';
import { SettingGroup } from './SettingGroup.tsx';
import { SettingRow } from './SettingRow.tsx';

/** The settings of a tab or of a section, those that one lock governs together. */
export function SettingRows({ rows }: { readonly rows: readonly SettingDefinition[] }): ReactNode {
  const hasTicks = rows.some(({ control }) => control.kind === 'checkbox');
  return (
    <div className={hasTicks ? 'rows' : 'rows rows--flush'}>
      {groupsOf(rows).map((group) =>
        group.rows.length > 1 ? (
          <SettingGroup key={group.name} group={group} />
        ) : (
          <SettingRow key={group.rows[0].key} definition={group.rows[0]} />
        ),
      )}
    </div>
  );
}
