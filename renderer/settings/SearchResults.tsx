import type { KeyboardEvent, ReactNode } from 'react';
import { plural } from '../model/plural.ts';
import { searchSettings, type Found, type Part } from '../model/search.ts';
import { valueWords } from '../model/value-words.ts';
import { useActions, useSnapshot } from '../state/context.ts';
import { LockIcon } from '../ui/icons.tsx';
import { allRows, SECTION_LABELS, TAB_LABELS, TABS } from './rows.ts';

function Marked({ parts }: { readonly parts: readonly Part[] }): ReactNode {
  // A part is known by its place: the parts of a text change together.
  // oxlint-disable-next-line react/no-array-index-key
  return parts.map(({ text, hit }, index) => (hit ? <mark key={index}>{text}</mark> : text));
}

/** The arrow keys go through the results, and up from the first back to the box. */
function moveFocus(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const stops = [...document.querySelectorAll<HTMLElement>('.search__box, .results__entry')];
  const index = stops.findIndex((stop) => stop === document.activeElement);
  stops[Math.min(stops.length - 1, Math.max(0, index + step))]?.focus();
}

function Result({ found }: { readonly found: Found }): ReactNode {
  const { reveal } = useActions();
  const { settings } = useSnapshot();
  const { definition, label, description, names } = found;
  const { value, locked } = settings[definition.key];
  return (
    <li>
      <button type="button" className="results__entry" onClick={() => reveal(definition.key)} onKeyDown={moveFocus}>
        <span className="results__label">
          <Marked parts={label} />
        </span>
        <span className="results__value">
          {locked && (
            <span className="chip chip--managed">
              <LockIcon />
              Managed
            </span>
          )}
          {definition.control.kind !== 'json' && valueWords(definition, value)}
        </span>
        <span className="results__description">
          <Marked parts={description} />
        </span>
        {names.length > 0 && (
          <span className="results__names">
            {names.map((parts) => (
              <code key={parts.map(({ text }) => text).join('')}>
                <Marked parts={parts} />
              </code>
            ))}
          </span>
        )}
      </button>
    </li>
  );
}

/** What was found, by tab, in the order of the tabs. Choosing a result leads to its row. */
export function SearchResults({ query }: { readonly query: string }): ReactNode {
  const { platform } = useSnapshot();
  const found = searchSettings(allRows(platform), query);
  const groups = TABS.map((tab) => ({ tab, found: found.filter(({ definition }) => definition.tab === tab) }));
  return (
    <section className="results" aria-label="Search results">
      <output className="results__count">
        {found.length === 0 ? `No setting matches “${query.trim()}”` : plural(found.length, 'setting')}
      </output>
      {found.length === 0 && (
        <p className="dim">
          Try another word. Names of settings and of keys in the administrator’s file are searched too.
        </p>
      )}
      {groups
        .filter((group) => group.found.length > 0)
        .map(({ tab, found: ofTab }) => (
          <section key={tab} aria-labelledby={`results-${tab}`}>
            <h2 id={`results-${tab}`}>
              {TAB_LABELS[tab]}
              <span className="dim">{sectionsIn(ofTab)}</span>
            </h2>
            <ul>
              {ofTab.map((one) => (
                <Result key={one.definition.key} found={one} />
              ))}
            </ul>
          </section>
        ))}
    </section>
  );
}

function sectionsIn(found: readonly Found[]): string {
  const sections = new Set(found.flatMap(({ definition }) => definition.section ?? []));
  return [...sections].map((section) => ` · ${SECTION_LABELS[section]}`).join('');
}
