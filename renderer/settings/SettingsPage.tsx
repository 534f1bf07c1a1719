import type { ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { plural } from '../model/plural.ts';
import { useActions, useDraft, useSnapshot, useWindow } from '../state/context.ts';
import { Footer } from './Footer.tsx';
import { ManagedBanner } from './ManagedBanner.tsx';
import { lockedCount, rowsOf, SECTION_LABELS, sectionsOf, TAB_LABELS, TABS, type Tab } from './rows.ts';
import { SearchBox } from './SearchBox.tsx';
import { SearchResults } from './SearchResults.tsx';
import { SettingRows } from './SettingRows.tsx';
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

function TabContent({ tab }: { readonly tab: Tab }): ReactNode {
  const { platform, settings } = useSnapshot();
  const rows = rowsOf(tab, platform);
  return (
    <>
      <ManagedBanner locked={lockedCount(rows, settings)} />
      {sectionsOf(rows).length > 0 ? <Sections rows={rows} /> : <SettingRows rows={rows} />}
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
    <main className="settings">
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
