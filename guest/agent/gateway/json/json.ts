/**
 * JSON as Go's encoding/json reads it, without loss: numbers keep their digits (memory limits exceed 2^53), and members keep
 * their order and their duplicates.
 */
export type Json =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'string'; readonly value: string }
  | JsonList
  | JsonObject;

export interface JsonList {
  readonly kind: 'list';
  readonly items: readonly Json[];
}

export interface JsonObject {
  readonly kind: 'object';
  readonly members: readonly (readonly [key: string, value: Json])[];
}

export const NULL: Json = { kind: 'null' };
export const text = (value: string): Json => ({ kind: 'string', value });

/** The text is not one JSON value. */
export class JsonSyntaxError extends Error {
  constructor(what: string, offset: number) {
    super(`${what} at character ${offset}`);
    this.name = 'JsonSyntaxError';
  }
}

/** Go allows 10000; nothing that Docker reads is a tenth as deep as this. */
const MAX_DEPTH = 200;

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// oxlint-disable-next-line no-control-regex -- RFC 8259 §7: control characters must be escaped
const PLAIN_CHARACTERS = /[^"\\\0-\x1f]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
);
const LITERALS: readonly (readonly [string, Json])[] = [
  ['null', NULL],
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
];

/** Surrogates that are no pair become U+FFFD, as in Go. */
const wellFormed = (value: string): string => value.replace(/\p{Surrogate}/gu, '\uFFFD');

/**
 * Parses exactly one JSON value (RFC 8259) with nothing but white space around it. Bytes that are not UTF-8 become U+FFFD
 * inside strings, as in Go. Throws JsonSyntaxError.
 */
export const parseJson = (bytes: Uint8Array): Json => {
  const source = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let at = 0;

  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const fail = (what: string): never => {
    throw new JsonSyntaxError(what, at);
  };
  const eat = (character: string): boolean => {
    match(SPACE);
    if (source[at] !== character) return false;
    at += 1;
    return true;
  };

  const string = (): string => {
    let value = '';
    for (;;) {
      value += match(PLAIN_CHARACTERS);
      const next = source[at];
      if (next === '"') {
        at += 1;
        return wellFormed(value);
      }
      if (next !== '\\')
        return fail(next === undefined ? 'unexpected end of JSON input' : 'invalid character in string');
      const escape = source[at + 1] ?? '';
      const plain = ESCAPES.get(escape);
      const digits = source.slice(at + 2, at + 6);
      if (plain !== undefined) {
        value += plain;
        at += 2;
      } else if (escape === 'u' && /^[0-9a-fA-F]{4}$/.test(digits)) {
        value += String.fromCharCode(Number.parseInt(digits, 16));
        at += 6;
      } else {
        return fail('invalid escape in string');
      }
    }
  };

  const members = (depth: number): JsonObject => {
    const found: (readonly [string, Json])[] = [];
    if (eat('}')) return { kind: 'object', members: found };
    for (;;) {
      if (!eat('"')) return fail('expected a string as object key');
      const key = string();
      if (!eat(':')) return fail('expected a colon after object key');
      found.push([key, value(depth)]);
      if (eat('}')) return { kind: 'object', members: found };
      if (!eat(',')) return fail('expected a comma or a closing brace after object value');
    }
  };

  const items = (depth: number): JsonList => {
    const found: Json[] = [];
    if (eat(']')) return { kind: 'list', items: found };
    for (;;) {
      found.push(value(depth));
      if (eat(']')) return { kind: 'list', items: found };
      if (!eat(',')) return fail('expected a comma or a closing bracket after array element');
    }
  };

  const value = (depth: number): Json => {
    if (depth > MAX_DEPTH) return fail('exceeded max depth');
    if (eat('{')) return members(depth + 1);
    if (eat('[')) return items(depth + 1);
    if (eat('"')) return { kind: 'string', value: string() };
    for (const [word, literal] of LITERALS) {
      if (source.startsWith(word, at)) {
        at += word.length;
        return literal;
      }
    }
    const literal = match(NUMBER);
    if (literal !== '') return { kind: 'number', literal };
    return fail(
      at === source.length ? 'unexpected end of JSON input' : 'invalid character looking for beginning of value',
    );
  };

  const parsed = value(0);
  match(SPACE);
  if (at !== source.length) fail('unexpected content after JSON');
  return parsed;
};

/** Without white space. What parseJson gave comes out the same but for spelling. */
export const writeJson = (json: Json): string => {
  switch (json.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return json.value ? 'true' : 'false';
    case 'number':
      return json.literal;
    case 'string':
      return JSON.stringify(json.value);
    case 'list':
      return `[${json.items.map(writeJson).join(',')}]`;
    case 'object':
      return `{${json.members.map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`).join(',')}}`;
  }
};
