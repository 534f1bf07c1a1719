import { createLexer, type Token, type TokenKind } from './lexer.ts';

/** A value in a JSON text with its place: offsets of its first character and of the one after its last. */
export type JsonNode =
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number; readonly value: JsonScalar }
  | { readonly kind: 'list'; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | JsonObject
  /** A value that a syntax error hides; the error has been reported. */
  | { readonly kind: 'hole'; readonly start: number; readonly end: number };

export type JsonScalar = string | number | boolean | null;

export interface JsonObject {
  readonly kind: 'object';
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
  /** Something in it could not be read, so that what seems to be missing may be there. */
  readonly damaged: boolean;
}

export interface JsonMember {
  readonly name: string;
  readonly nameStart: number;
  readonly value: JsonNode;
}

export interface JsonMistake {
  readonly offset: number;
  readonly reason: string;
}

/** The text is JSON exactly if `mistakes` is empty; the tree then is the whole of it. */
export interface JsonReading {
  readonly root: JsonNode;
  readonly mistakes: readonly JsonMistake[];
}

/** Objects and lists in one another. Docker's own file needs five; the limit keeps the reader off its stack's end. */
export const DEEPEST_NESTING = 32;

/** After so many mistakes the rest is not worth reading: the file is not JSON. */
const MOST_MISTAKES = 100;

/** Ends the reading of a text that is beyond repair. */
class Hopeless extends Error {}

/**
 * Reads JSON as RFC 8259 defines it, without extensions, and reports every mistake, not only the first: after one it
 * goes on at the next comma or closing bracket. Duplicate names are kept, for the caller to judge.
 */
export function readJson(text: string): JsonReading {
  const mistakes: JsonMistake[] = [];
  const report = (offset: number, reason: string): void => {
    mistakes.push({ offset, reason });
    if (mistakes.length === MOST_MISTAKES) {
      mistakes.push({ offset, reason: 'There are too many mistakes to list; the rest was not read' });
      throw new Hopeless();
    }
  };
  const next = createLexer(text, report);
  let token: Token = { kind: 'end', start: 0, end: 0 };
  let depth = 0;
  const advance = (): void => {
    token = next();
  };
  /** Asks anew each time: the compiler does not see that `advance` changes `token`. */
  const is = (kind: TokenKind): boolean => token.kind === kind;

  /** After a mistake: on to the comma or bracket that ends the current member, over everything nested in it. */
  const recover = (): void => {
    let nested = 0;
    while (!is('end')) {
      if (is('{') || is('[')) {
        nested += 1;
      } else if (is('}') || is(']')) {
        if (nested === 0) {
          return;
        }
        nested -= 1;
      } else if (is(',') && nested === 0) {
        return;
      }
      advance();
    }
  };

  const value = (): JsonNode => {
    const { start, end } = token;
    switch (token.kind) {
      case '{':
        return nest(object);
      case '[':
        return nest(list);
      case 'string':
      case 'number':
      case 'word': {
        const scalar = token.value ?? null;
        advance();
        return { kind: 'scalar', start, end, value: scalar };
      }
      case 'bad':
        advance();
        return { kind: 'hole', start, end };
      case '}':
      case ']':
      case ',':
      case ':':
      case 'end':
        report(start, `Expected a value, found ${nameOf(token)}`);
        return { kind: 'hole', start, end: start };
    }
  };

  const nest = (read: () => JsonNode): JsonNode => {
    depth += 1;
    if (depth > DEEPEST_NESTING) {
      report(token.start, `Nested more than ${DEEPEST_NESTING} levels deep; no setting needs that`);
      throw new Hopeless();
    }
    const node = read();
    depth -= 1;
    return node;
  };

  /** What follows a member or item. True: another one comes. */
  const separator = (close: '}' | ']', opened: number): boolean => {
    if (is('string') || (close === ']' && isValueStart(token))) {
      report(token.start, 'Expected "," before this');
      return true;
    }
    if (!is(',') && !is(close) && !isClosing(token)) {
      if (!is('bad')) {
        report(token.start, `Expected "," or "${close}", found ${nameOf(token)}`);
      }
      recover();
    }
    if (is(',')) {
      const comma = token.start;
      advance();
      if (!is(close)) {
        return true;
      }
      report(comma, `No "," may stand before "${close}"`);
    } else if (is('end')) {
      report(opened, `This "${close === '}' ? '{' : '['}" is never closed`);
    } else if (!is(close)) {
      report(token.start, `Expected "${close}", found ${nameOf(token)}`);
    }
    return false;
  };

  const member = (): JsonMember | null => {
    if (!is('string')) {
      if (!is('bad')) {
        report(token.start, `Expected a name in double quotes, found ${nameOf(token)}`);
      }
      recover();
      return null;
    }
    const name = String(token.value);
    const nameStart = token.start;
    advance();
    if (is(':')) {
      advance();
    } else {
      report(token.start, `Expected ":" after the name, found ${nameOf(token)}`);
      if (!isValueStart(token)) {
        recover();
        return { name, nameStart, value: { kind: 'hole', start: token.start, end: token.start } };
      }
    }
    return { name, nameStart, value: value() };
  };

  const object = (): JsonObject => {
    const { start } = token;
    const before = mistakes.length;
    const members: JsonMember[] = [];
    advance();
    if (!is('}')) {
      do {
        const found = member();
        if (found !== null) {
          members.push(found);
        }
      } while (separator('}', start));
    }
    const { end } = token;
    if (is('}')) {
      advance();
    }
    return { kind: 'object', start, end, members, damaged: mistakes.length > before };
  };

  const list = (): JsonNode => {
    const { start } = token;
    const items: JsonNode[] = [];
    advance();
    if (!is(']')) {
      do {
        items.push(value());
      } while (separator(']', start));
    }
    const { end } = token;
    if (is(']')) {
      advance();
    }
    return { kind: 'list', start, end, items };
  };

  try {
    advance();
    if (is('end')) {
      report(0, 'The file is empty; a policy that sets nothing is {}');
      return { root: { kind: 'hole', start: 0, end: 0 }, mistakes };
    }
    const root = value();
    if (!is('end')) {
      report(token.start, `Expected the end of the file, found ${nameOf(token)}`);
    }
    return { root, mistakes };
  } catch (error) {
    if (error instanceof Hopeless) {
      return { root: { kind: 'hole', start: 0, end: 0 }, mistakes };
    }
    throw error;
  }
}

function isValueStart(token: Token): boolean {
  return ['{', '[', 'string', 'number', 'word', 'bad'].includes(token.kind);
}

function isClosing(token: Token): boolean {
  return token.kind === '}' || token.kind === ']' || token.kind === 'end';
}

function nameOf(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the file';
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'word':
      return String(token.value);
    case 'bad':
      return 'something that is not JSON';
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
    case ':':
      return `"${token.kind}"`;
  }
}
