import type { ReactNode } from 'react';
import type { SettingDefinition, SettingsTab } from '../../shared/settings/catalog.ts';
import { plural } from '../model/plural.ts';
import { useActions, useDraft, useSnapshot, useWindow } from '../state/context.ts';
import { PolicyView } from '../policy/PolicyView.tsx';
import { UpdatePanel } from '../updates/UpdatePanel.tsx';
import { Footer } from './Footer.tsx';
import { Introduction } from './Introduction.tsx';
import { ManagedBanner } from './ManagedBanner.tsx';
import { lockedCount, rowsOf, SECTION_LABELS, sectionsOf, TAB_LABELS, TABS, type Tab } from './rows.ts';
import { SearchBox } from './SearchBox.tsx';
import { SearchResults } from './SearchResults.tsx';
import { SettingRows } from './SettingRows.tsx';
import { Statistics } from './Statistics.tsx';
import { panelId, TabList, tabId } from './TabList.tsx';
import './settings-page.css';

/** How many of these rows hold a change, in words; null where none does. */
function useChangeRemark(): (rows: readonly SettingDefinition[]) => string | null {
  const { draft, unread } = useDraft();
  return (rows) => {
    const changed = rows.filter(({ key }) => draft[key] !== undefined || unread[key] !== undefined).length;
    return changed === 0 ? null : plural(changed, 'change');
  };
}

/** A tab that has sections shows one of them, and the tabs of the others. */
function Sections({ rows }: { readonly rows: readonly SettingDefinition[] }): ReactNode {
  const { showSection } = useActions();
  const section = useWindow((state) => state.section);
  const remark = useChangeRemark();
  const rowsIn = (one: string): readonly SettingDefinition[] => rows.filter((row) => row.section === one);
  return (
    <>
      <TabList
        label="Resources"
        look="sections"
        tabs={sectionsOf(rows)}
        selected={section}
        nameOf={(one) => SECTION_LABELS[one]}
        remarkOf={(one) => remark(rowsIn(one))}
        onSelect={showSection}
      />
      <div role="tabpanel" id={panelId(section)} aria-labelledby={tabId(section)}>
        <SettingRows rows={rowsIn(section)} />
      </div>
    </>
  );
}

/** What a tab shows above its settings. */
function Above({ tab }: { readonly tab: SettingsTab }): ReactNode {
  switch (tab) {
    case 'general':
      return <Introduction />;
    case 'softwareUpdates':
      return <UpdatePanel />;
    case 'resources':
    case 'dockerEngine':
    case 'notifications':
      return null;
  }
}

function TabContent({ tab }: { readonly tab: Tab }): ReactNode {
  const { platform, settings } = useSnapshot();
  if (tab === 'policy') return <PolicyView />;
  const rows = rowsOf(tab, platform);
  return (
    <>
      <ManagedBanner locked={lockedCount(rows, settings)} />
      <Above tab={tab} />
      {sectionsOf(rows).length > 0 ? <Sections rows={rows} /> : <SettingRows rows={rows} />}
      {tab === 'general' && <Statistics />}
    </>
  );
}

export function SettingsPage(): ReactNode {
  const { showTab } = useActions();
  const { platform } = useSnapshot();
  const tab = useWindow((state) => state.tab);
  const query = useWindow((state) => state.query);
  const remark = useChangeRemark();
  const isSearching = query.trim() !== '';

  return (
    <main className="settings" data-searching={isSearching}>
      <div className="settings__head">
        <div className="settings__title">
          <h1>Settings</h1>
          <SearchBox />
        </div>
        <TabList
          label="Settings"
          look="tabs"
          tabs={TABS}
          selected={tab}
          nameOf={(one) => TAB_LABELS[one]}
          remarkOf={(one) => remark(rowsOf(one, platform))}
          onSelect={showTab}
        />
      </div>
      {/* Another page begins at its top, in an element of its own. */}
      <div className="settings__scroll" key={isSearching ? 'search' : tab}>
        <div className="settings__content" role="tabpanel" id={panelId(tab)} aria-labelledby={tabId(tab)}>
          {isSearching ? <SearchResults query={query} /> : <TabContent tab={tab} />}
        </div>
      </div>
      <Footer />
    </main>
  );
}
