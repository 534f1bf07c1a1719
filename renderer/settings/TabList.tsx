import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import './tab-list.css';

interface TabListProps<T extends string> {
  readonly label: string;
  readonly look: 'tabs' | 'sections';
  readonly tabs: readonly T[];
  readonly selected: T;
  readonly nameOf: (tab: T) => string;
  /** What a mark at the tab stands for, e.g. "2 changes"; null for no mark. */
  readonly remarkOf: (tab: T) => string | null;
  readonly onSelect: (tab: T) => void;
}

export const tabId = (tab: string): string => `tab-${tab}`;
export const panelId = (tab: string): string => `panel-${tab}`;

/** Tabs of which the arrow keys choose, as the ARIA Authoring Practices have it: one is in the tab order, Home and End work. */
export function TabList<T extends string>(props: TabListProps<T>): ReactNode {
  const { label, look, tabs, selected, nameOf, remarkOf, onSelect } = props;
  const list = useRef<HTMLDivElement>(null);

  const move = (event: KeyboardEvent): void => {
    const index = tabs.indexOf(selected);
    const target =
      event.key === 'ArrowRight'
        ? (index + 1) % tabs.length
        : event.key === 'ArrowLeft'
          ? (index + tabs.length - 1) % tabs.length
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? tabs.length - 1
              : null;
    const tab = target === null ? undefined : tabs[target];
    if (tab === undefined) return;
    event.preventDefault();
    onSelect(tab);
    list.current?.querySelector<HTMLElement>(`#${tabId(tab)}`)?.focus();
  };

  return (
    <div ref={list} className={`tabs tabs--${look}`} role="tablist" aria-label={label}>
      {tabs.map((tab) => {
        const remark = remarkOf(tab);
        return (
          <button
            key={tab}
            type="button"
            role="tab"
            id={tabId(tab)}
            className="tabs__tab"
            aria-selected={tab === selected}
            aria-controls={tab === selected ? panelId(tab) : undefined}
            tabIndex={tab === selected ? 0 : -1}
            onClick={() => onSelect(tab)}
            onKeyDown={move}
          >
            {nameOf(tab)}
            {remark !== null && (
              <span className="tabs__mark">
                <span className="visually-hidden"> ({remark})</span>
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
