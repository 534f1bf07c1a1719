import { useRef, useState, type ClipboardEvent, type ReactNode } from 'react';
import { CrossIcon } from '../ui/icons.tsx';
import { Button } from '../ui/Button.tsx';
import type { ControlProps } from './control.ts';
import './field.css';
import './list-editor.css';

interface ListEditorProps extends ControlProps {
  readonly placeholder: string;
  readonly entries: readonly string[];
  /** What is wrong with which entry, from zero. */
  readonly problems: ReadonlyMap<number, string>;
  readonly onChange: (entries: readonly string[]) => void;
}

/** The entries in a pasted text, one a line; null for a text of one line, which is pasted as any other. */
function pastedEntries(event: ClipboardEvent): readonly string[] | null {
  const lines = event.clipboardData
    .getData('text/plain')
    .split(/[\r\n]+/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length > 1 ? lines : null;
}

/** A list of texts: each can be changed in place and removed, and new ones are typed, or pasted a line each, at the end. */
export function ListEditor(props: ListEditorProps): ReactNode {
  const { name, labelledBy, describedBy, disabled, placeholder, entries, problems, onChange } = props;
  const [fresh, setFresh] = useState('');
  const adder = useRef<HTMLInputElement>(null);

  const replace = (index: number, replacement: readonly string[]): void =>
    onChange([...entries.slice(0, index), ...replacement, ...entries.slice(index + 1)]);
  const add = (added: readonly string[]): void => {
    setFresh('');
    onChange([...entries, ...added]);
    adder.current?.focus();
  };
  const remove = (index: number): void => {
    replace(index, []);
    // The button that had the focus is gone with its entry.
    adder.current?.focus();
  };
  const paste = (event: ClipboardEvent, accept: (lines: readonly string[]) => void): void => {
    const lines = disabled ? null : pastedEntries(event);
    if (lines === null) return;
    event.preventDefault();
    accept(lines);
  };

  return (
    <fieldset className="list" aria-labelledby={labelledBy} aria-describedby={describedBy} data-disabled={disabled}>
      {entries.length > 0 && (
        <ol className="list__entries" aria-labelledby={labelledBy}>
          {entries.map((entry, index) => (
            // An entry is known by its place: what it says changes with every key.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} className="list__entry">
              <input
                type="text"
                className="list__field"
                aria-label={`Entry ${index + 1}`}
                aria-describedby={problems.has(index) ? `${name}-entry-${index}` : describedBy}
                aria-disabled={disabled}
                aria-invalid={problems.has(index)}
                readOnly={disabled}
                spellCheck={false}
                autoComplete="off"
                value={entry}
                onChange={(event) => replace(index, [event.currentTarget.value])}
                onBlur={(event) => {
                  const trimmed = event.currentTarget.value.trim();
                  if (!disabled && trimmed !== entry) replace(index, [trimmed]);
                }}
                onPaste={(event) => paste(event, (lines) => replace(index, lines))}
              />
              {!disabled && (
                <button
                  type="button"
                  className="list__remove"
                  aria-label={`Remove ${entry === '' ? `entry ${index + 1}` : entry}`}
                  onClick={() => remove(index)}
                >
                  <CrossIcon />
                </button>
              )}
              {problems.has(index) && (
                <p className="list__problem" id={`${name}-entry-${index}`}>
                  {problems.get(index)}
                </p>
              )}
            </li>
          ))}
        </ol>
      )}
      {disabled ? (
        entries.length === 0 && (
          // What says nothing can be reached all the same, and with it the reason.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <p id={name} className="list__none" tabIndex={0} aria-describedby={describedBy}>
            No entries
          </p>
        )
      ) : (
        <div className="list__add">
          <input
            ref={adder}
            id={name}
            type="text"
            className="list__field"
            aria-labelledby={`${labelledBy} ${name}-add`}
            aria-describedby={describedBy}
            spellCheck={false}
            autoComplete="off"
            placeholder={placeholder}
            value={fresh}
            onChange={(event) => setFresh(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && fresh.trim() !== '') add([fresh.trim()]);
            }}
            onPaste={(event) => paste(event, add)}
          />
          <span id={`${name}-add`} className="visually-hidden">
            new entry
          </span>
          <Button look="quiet" disabled={fresh.trim() === ''} onPress={() => add([fresh.trim()])}>
            Add
          </Button>
        </div>
      )}
    </fieldset>
  );
}
