import type { ReactNode } from 'react';
import { plural } from '../model/apply-plan.ts';
import { useSnapshot } from '../state/context.ts';
import { LockIcon } from '../ui/icons.tsx';
import { Footer } from './Footer.tsx';
import { SettingRow } from './SettingRow.tsx';
import { lockedCount, rowsOf, TAB_LABELS } from './rows.ts';
import './settings-page.css';

export function SettingsPage(): ReactNode {
  const { platform, settings } = useSnapshot();
  const tab = 'general';
  const rows = rowsOf(tab, platform);
  const locked = lockedCount(rows, settings);
  return (
    <main className="settings">
      <div className="settings__scroll">
        <div className="settings__content">
          <h1>Settings</h1>
          <div className="settings__tabs" role="tablist" aria-label="Settings">
            <button type="button" role="tab" id={`tab-${tab}`} aria-selected="true" aria-controls={`panel-${tab}`}>
              {TAB_LABELS[tab]}
            </button>
          </div>
          <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
            {locked > 0 && (
              <p className="settings__managed">
                <LockIcon />
                <strong>Some settings are managed by your administrator.</strong>
                <span>{plural(locked, 'setting')} on this page.</span>
              </p>
            )}
            {rows.map((definition) => (
              <SettingRow key={definition.key} definition={definition} />
            ))}
          </div>
        </div>
      </div>
      <Footer />
    </main>
  );
}
