import { useRef, useState, type ReactNode } from 'react';
import { checkJsonText, formatJson, type TextMistake } from '../model/json-text.ts';
import { plural } from '../model/plural.ts';
import { Button } from '../ui/Button.tsx';
import { Excerpt } from '../ui/Excerpt.tsx';
import type { ControlProps } from './control.ts';
import './json-editor.css';

interface JsonEditorProps extends ControlProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Line and column of an offset, from one. */
function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function Mistake({ mistake, onGo }: { readonly mistake: TextMistake; readonly onGo: () => void }): ReactNode {
  const { line, column, message, excerpt, caret } = mistake;
  return (
    <li>
      <p>
        <Button look="link" onPress={onGo}>
          {`Line ${line}, column ${column}`}
        </Button>{' '}
        {message}
      </p>
      <Excerpt line={line} text={excerpt} caret={caret} />
    </li>
  );
}

/** A text of JSON with line numbers. Every mistake is named with its place, and can be gone to. */
export function JsonEditor(props: JsonEditorProps): ReactNode {
  const { name, labelledBy, describedBy, disabled, value, onChange } = props;
  const editor = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const mistakes = checkJsonText(value);
  const lines = value.split('\n').length;
  const wrong = new Set(mistakes.map(({ line }) => line));
  const formatted = formatJson(value);
  const { line, column } = placeOf(value, caret);

  const goTo = (offset: number): void => {
    editor.current?.focus();
    editor.current?.setSelectionRange(offset, Math.min(value.length, offset + 1));
    setCaret(offset);
  };

  return (
    <div className="json">
      <div className="json__box" data-disabled={disabled}>
        <ol className="json__gutter" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => (
            // A line is known by its number.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} data-wrong={wrong.has(index + 1)} data-current={index + 1 === line && !disabled}>
              {index + 1}
            </li>
          ))}
        </ol>
        <textarea
          ref={editor}
          id={name}
          className="json__text"
          aria-labelledby={labelledBy}
          aria-describedby={`${describedBy} ${name}-mistakes`}
          aria-disabled={disabled}
          aria-invalid={mistakes.length > 0}
          readOnly={disabled}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          onSelect={(event) => setCaret(event.currentTarget.selectionEnd)}
        />
      </div>
      <div className="json__status">
        <span className={mistakes.length > 0 ? 'json__count json__count--wrong' : 'json__count'}>
          {mistakes.length === 0 ? 'No mistakes' : plural(mistakes.length, 'mistake')}
        </span>
        <span>
          Line {line}, column {column}
        </span>
        {!disabled && (
          <Button
            look="quiet"
            disabled={formatted === null || formatted === value}
            onPress={() => onChange(formatted ?? value)}
          >
            Format
          </Button>
        )}
      </div>
      <ol className="json__mistakes" id={`${name}-mistakes`}>
        {mistakes.map((mistake) => (
          <Mistake key={`${mistake.offset}:${mistake.message}`} mistake={mistake} onGo={() => goTo(mistake.offset)} />
        ))}
      </ol>
    </div>
  );
}
