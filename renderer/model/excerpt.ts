/** A line of a file and a caret under one of its characters, both ready for a fixed-width display. */
export interface CaretExcerpt {
  readonly line: string;
  /** Spaces and a `^`; null where there is no column to point at. */
  readonly caret: string | null;
}

/**
 * Cuts the excerpt of a policy file to at most `width` characters around its one-based `column` and puts a caret
 * below it. A tab becomes one space so that the caret stays under its character whatever the tab width; a cut is marked
 * by an ellipsis.
 */
export function caretExcerpt(excerpt: string, column: number | null, width: number): CaretExcerpt {
  const text = excerpt.replaceAll(/\s/g, ' ').trimEnd();
  if (column === null || column < 1) {
    return { line: text.length > width ? `${text.slice(0, width - 1)}…` : text, caret: null };
  }
  const target = Math.min(column - 1, text.length);
  const start = text.length > width ? Math.max(0, Math.min(target - Math.floor(width / 2), text.length - width)) : 0;
  const end = Math.min(text.length, start + width);
  const line = `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
  return { line, caret: `${' '.repeat(target - start + (start > 0 ? 1 : 0))}^` };
}
