/** Turns offsets in a text into places as editors show them. */
export interface Positions {
  /** One-based line and column; columns count UTF-16 code units, a tab counts as one. */
  readonly at: (offset: number) => { readonly line: number; readonly column: number };
  /**
   * The line of that offset, at most 160 characters around it, control characters shown as U+FFFD; `caret` is the
   * offset's place in it, from zero.
   */
  readonly excerpt: (offset: number) => Excerpt;
}

export interface Excerpt {
  readonly excerpt: string;
  readonly caret: number;
}

const LONGEST_EXCERPT = 160;

/** Line breaks are LF, CRLF and a lone CR. */
export function positionsIn(text: string): Positions {
  const starts = [0];
  for (const found of text.matchAll(/\r\n|\n|\r/gu)) {
    starts.push(found.index + found[0].length);
  }

  const lineIndex = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  };

  return {
    at: (offset) => {
      const index = lineIndex(offset);
      return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
    },
    excerpt: (offset) => {
      const index = lineIndex(offset);
      const start = starts[index] ?? 0;
      const line = text.slice(start, starts[index + 1] ?? text.length).replace(/[\r\n]+$/u, '');
      return around(line, offset - start);
    },
  };
}

function around(line: string, column: number): Excerpt {
  if (line.length <= LONGEST_EXCERPT) {
    return excerptOf(line.slice(0, column), line.slice(column));
  }
  const from = Math.max(0, Math.min(column - LONGEST_EXCERPT / 2, line.length - LONGEST_EXCERPT));
  const to = from + LONGEST_EXCERPT;
  const before = `${from > 0 ? '…' : ''}${line.slice(from, column)}`;
  return excerptOf(before, `${line.slice(column, to)}${to < line.length ? '…' : ''}`);
}

function excerptOf(before: string, after: string): Excerpt {
  const shown = showControls(before);
  return { excerpt: shown + showControls(after), caret: shown.length };
}

function showControls(line: string): string {
  return line.replaceAll(/[^\P{Cc}\t]|[\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
