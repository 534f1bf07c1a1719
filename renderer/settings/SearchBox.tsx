import { useEffect, useRef, type ReactNode } from 'react';
import { useActions, useWindow } from '../state/context.ts';
import { SearchIcon } from '../ui/icons.tsx';
import './search.css';

/** Searches all settings. Ctrl+F, or Command+F, leads here; Escape clears it. */
export function SearchBox(): ReactNode {
  const { search } = useActions();
  const query = useWindow((state) => state.query);
  const box = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      box.current?.select();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);

  return (
    <search className="search">
      <SearchIcon />
      <input
        ref={box}
        type="search"
        className="search__box"
        aria-label="Search settings"
        aria-keyshortcuts="Control+F"
        placeholder="Search settings"
        spellCheck={false}
        autoComplete="off"
        value={query}
        onChange={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') search('');
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          document.querySelector<HTMLElement>('.results__entry')?.focus();
        }}
      />
    </search>
  );
}
