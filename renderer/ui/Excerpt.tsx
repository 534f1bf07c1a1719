import type { ReactNode } from 'react';
import { caretExcerpt } from '../model/excerpt.ts';
import './excerpt.css';

const WIDTH = 76;

interface ExcerptProps {
  readonly line: number | null;
  readonly text: string;
  /** From zero; null where there is no place to point at. */
  readonly caret: number | null;
}

/** A line of a file, and a caret below the place that is meant. */
export function Excerpt({ line, text, caret }: ExcerptProps): ReactNode {
  const shown = caretExcerpt(text, caret === null ? null : caret + 1, WIDTH);
  return (
    <pre className="excerpt">
      {line !== null && <span className="excerpt__line">{line} </span>}
      {shown.line}
      {shown.caret !== null && (
        <span className="excerpt__caret" aria-hidden="true">
          {`\n${line === null ? '' : ' '.repeat(String(line).length + 1)}${shown.caret}`}
        </span>
      )}
    </pre>
  );
}
