import { quote } from '../quote.ts';

export type TokenKind = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'number' | 'word' | 'end' | 'bad';

/** `value` is the decoded string, the number, or what the word stands for; undefined for the other kinds. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  readonly value?: string | number | boolean | null;
}

/** Called for every place that is not JSON (RFC 8259). */
export type ReportMistake = (offset: number, reason: string) => void;

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);
/** Quotation marks that people and word processors put where JSON wants `"`, and what closes them. */
const WRONG_QUOTES: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['“', '”'],
  ['”', '”'],
  ['‘', '’'],
  ['`', '`'],
]);

const SPACE = /[ \t\r\n]+/uy;
const COMMENT = /\/\/[^\r\n]*|\/\*[^]*?(?:\*\/|$)/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const BARE = /[\p{L}\p{N}_$.+-]+/uy;
const PLAIN = /[^"\\\p{Cc}]+|\u007f|[\u0080-\u009f]/uy;

/** Splits a text into JSON tokens. It always gets to the end: what is not JSON is reported and given a best guess. */
export function createLexer(text: string, report: ReportMistake): () => Token {
  let position = 0;

  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0] ?? null;
    return found === '' ? null : found;
  };

  const skipBlank = (): void => {
    for (;;) {
      const blank = match(SPACE);
      const comment = blank === null ? match(COMMENT) : null;
      if (comment !== null) {
        report(position, 'JSON has no comments');
      }
      const skipped = blank ?? comment;
      if (skipped === null) {
        return;
      }
      position += skipped.length;
    }
  };

  const escape = (): string => {
    const code = text[position + 1] ?? '';
    const plain = ESCAPES.get(code);
    if (plain !== undefined) {
      position += 2;
      return plain;
    }
    const hex = /^[0-9a-fA-F]{4}/u.exec(text.slice(position + 2, position + 6))?.[0];
    if (code === 'u' && hex !== undefined) {
      position += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    report(position, `${quote(`\\${code}`)} is not an escape sequence of JSON; write \\\\ for a backslash`);
    position += 1;
    return '\\';
  };

  const string = (): Token => {
    const start = position;
    position += 1;
    let value = '';
    for (;;) {
      const plain = match(PLAIN);
      const character = text[position];
      if (plain !== null) {
        value += plain;
        position += plain.length;
      } else if (character === '"') {
        position += 1;
        break;
      } else if (character === '\\') {
        value += escape();
      } else if (character === undefined || character === '\n' || character === '\r') {
        report(start, 'This text has no closing double quote on its line');
        break;
      } else {
        report(position, `${codePoint(character)} must not stand in text as it is; write it as an escape`);
        position += 1;
      }
    }
    if (/\p{Cs}/u.test(value)) {
      report(start, 'This text has half of a surrogate pair, which is no character (RFC 8259, section 8.2)');
    }
    return { kind: 'string', start, end: position, value };
  };

  const wronglyQuoted = (open: string, close: string): Token => {
    const start = position;
    report(start, `Text is written in plain double quotes ("), not in ${open}`);
    let end = start + 1;
    while (end < text.length && !isWrongEnd(text[end], close)) {
      end += 1;
    }
    const closed = text[end] === close || text[end] === '"';
    position = closed ? end + 1 : end;
    return { kind: 'string', start, end: position, value: text.slice(start + 1, end) };
  };

  const bare = (word: string): Token => {
    const start = position;
    position += word.length;
    const meaning = WORDS.get(word);
    if (meaning !== undefined) {
      return { kind: 'word', start, end: position, value: meaning };
    }
    NUMBER.lastIndex = start;
    if (NUMBER.exec(text)?.[0] === word) {
      return { kind: 'number', start, end: position, value: Number(word) };
    }
    const meant = WORDS.has(word.toLowerCase()) ? `; did you mean ${word.toLowerCase()}?` : '';
    const what = /^[-+.]?\d/u.test(word) ? 'is not a number of JSON' : 'must be true, false, null or in double quotes';
    report(start, `${quote(word)} ${what}${meant}`);
    return { kind: 'bad', start, end: position };
  };

  return () => {
    skipBlank();
    const start = position;
    const character = text[position];
    switch (character) {
      case undefined:
        return { kind: 'end', start, end: start };
      case '{':
      case '}':
      case '[':
      case ']':
      case ',':
      case ':':
        position += 1;
        return { kind: character, start, end: position };
      case '"':
        return string();
      default: {
        const close = WRONG_QUOTES.get(character);
        if (close !== undefined) {
          return wronglyQuoted(character, close);
        }
        const word = match(BARE);
        if (word !== null) {
          return bare(word);
        }
        const whole = String.fromCodePoint(text.codePointAt(position) ?? 0);
        report(position, `${codePoint(whole)} has no place in JSON outside text`);
        position += whole.length;
        return { kind: 'bad', start, end: position };
      }
    }
  };
}

/** Where wrongly quoted text ends: at its closing mark, at a real quote that was meant to close it, or with the line. */
function isWrongEnd(character: string | undefined, close: string): boolean {
  return character === close || character === '"' || character === '\n' || character === '\r';
}

/** A character by its number, and as itself where it can be seen. */
function codePoint(character: string): string {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{C}\p{Z}]/u.test(character) ? `The character U+${number}` : `"${character}" (U+${number})`;
}
