import type { ReactNode } from 'react';
import { useActions, useWindow } from '../state/context.ts';
import type { Page } from '../state/store.ts';
import { EngineIcon, Mark, SettingsIcon } from '../ui/icons.tsx';
import { EngineCard } from './EngineCard.tsx';
import './sidebar.css';

const ENTRIES: readonly { readonly page: Page; readonly label: string; readonly icon: ReactNode }[] = [
  { page: 'settings', label: 'Settings', icon: <SettingsIcon /> },
  { page: 'engine', label: 'Engine', icon: <EngineIcon /> },
];

export function Sidebar(): ReactNode {
  const { showPage } = useActions();
  const current = useWindow((state) => state.page);
  return (
    <aside className="sidebar" aria-label="Bulkhead">
      <div className="sidebar__brand">
        <Mark />
        Bulkhead
      </div>
      <nav className="sidebar__nav" aria-label="Pages">
        {ENTRIES.map(({ page, label, icon }) => (
          <button
            key={page}
            type="button"
            className="sidebar__entry"
            aria-current={page === current ? 'page' : undefined}
            onClick={() => showPage(page)}
          >
            {icon}
            {label}
          </button>
        ))}
      </nav>
      <EngineCard />
    </aside>
  );
}
