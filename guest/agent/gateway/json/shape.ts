import { type Json, type JsonObject, NULL } from './json.ts';

/** What Go type a value is decoded into; only what changes the outcome of decoding is told apart. */
export type Shape =
  /** `pointer`: null clears the value, else null leaves what an earlier duplicate set. */
  | { readonly kind: 'scalar'; readonly type: 'string' | 'number' | 'boolean'; readonly pointer: boolean }
  | { readonly kind: 'list'; readonly of: Shape }
  /** Docker's strslice.StrSlice: a list of strings, or one string that stands for a list of one. */
  | { readonly kind: 'words' }
  /** Keys are data: compared exactly. */
  | { readonly kind: 'map'; readonly of: Shape }
  /** Keys are field names: compared without case. */
  | {
      readonly kind: 'struct';
      readonly fields: Fields;
      readonly byFoldedName: ReadonlyMap<string, string>;
      readonly pointer: boolean;
    }
  | { readonly kind: 'anything' };

export interface Fields {
  readonly [name: string]: Shape;
}

const scalar = (type: 'string' | 'number' | 'boolean', pointer = false): Shape => ({ kind: 'scalar', type, pointer });
export const string = scalar('string');
export const number = scalar('number');
export const boolean = scalar('boolean');
export const numberPointer = scalar('number', true);
export const booleanPointer = scalar('boolean', true);
export const words: Shape = { kind: 'words' };
export const anything: Shape = { kind: 'anything' };
export const list = (of: Shape): Shape => ({ kind: 'list', of });
export const map = (of: Shape): Shape => ({ kind: 'map', of });

/**
 * The key that Go compares field names by (encoding/json foldName): Unicode's simple folding, under which, besides the
 * two cases of a letter, U+017F is an s and U+212A a k.
 */
export const foldName = (name: string): string =>
  name
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017F', 's')
    .replaceAll('\u212A', 'k');

const structOf = (fields: Fields, pointer: boolean): Shape => {
  const names = Object.keys(fields);
  const byFoldedName = new Map(names.map((name) => [foldName(name), name]));
  if (byFoldedName.size !== names.length) throw new Error('two fields of one struct have the same folded name');
  return { kind: 'struct', fields, byFoldedName, pointer };
};
export const struct = (fields: Fields): Shape => structOf(fields, false);
export const structPointer = (fields: Fields): Shape => structOf(fields, true);

/** The value is not of the shape; the message names the place in it. */
export class ShapeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ShapeError';
  }
}

/**
 * Decodes as Go's encoding/json would into the type that `shape` describes, and gives the result as JSON in which every key
 * is spelled as declared and occurs once: field names match without case, of duplicates the last wins (structs and maps
 * merge), unknown fields are left out, null is left out. Undefined: nothing was set. Throws ShapeError where Go would fail.
 *
 * One thing Go does is not followed: a duplicate list reuses the elements of the list before it. The result is sent on in
 * place of the original, so what counts is that the engine can read it in one way only.
 */
export const decode = (shape: Shape, json: Json, place = 'the body', before?: Json): Json | undefined => {
  const mismatch = (wanted: string): never => {
    throw new ShapeError(`${place} must be ${wanted}, not ${json.kind}`);
  };
  switch (shape.kind) {
    case 'anything':
      return json;
    case 'scalar':
      if (json.kind === 'null') return shape.pointer ? undefined : before;
      return json.kind === shape.type ? json : mismatch(`a ${shape.type}`);
    case 'words':
      if (json.kind === 'null') return undefined;
      if (json.kind === 'string') return { kind: 'list', items: [json] };
      return decode(list(string), json, place);
    case 'list':
      if (json.kind === 'null') return undefined;
      if (json.kind !== 'list') return mismatch('a list');
      return {
        kind: 'list',
        items: json.items.map((item, index) => decode(shape.of, item, `${place}[${index}]`) ?? NULL),
      };
    case 'map': {
      if (json.kind === 'null') return undefined;
      if (json.kind !== 'object') return mismatch('an object');
      const members = new Map(before?.kind === 'object' ? before.members : []);
      for (const [key, value] of json.members) {
        members.set(key, decode(shape.of, value, `${place}.${key}`) ?? NULL);
      }
      return { kind: 'object', members: [...members] };
    }
    case 'struct': {
      if (json.kind === 'null') return shape.pointer ? undefined : before;
      if (json.kind !== 'object') return mismatch('an object');
      const members = new Map(before?.kind === 'object' ? before.members : []);
      for (const [key, value] of json.members) {
        const name = shape.byFoldedName.get(foldName(key));
        const field = name === undefined ? undefined : shape.fields[name];
        if (name === undefined || field === undefined) continue;
        const decoded = decode(field, value, place === 'the body' ? name : `${place}.${name}`, members.get(name));
        if (decoded === undefined) members.delete(name);
        else members.set(name, decoded);
      }
      return { kind: 'object', members: [...members] };
    }
  }
};

/** A member of a decoded object; undefined when it is not set, also in place of an object that is not set. */
export const member = (object: Json | undefined, name: string): Json | undefined =>
  object?.kind === 'object' ? object.members.find(([key]) => key === name)?.[1] : undefined;

/** The string that Go would hold: '' where none is set. */
export const stringAt = (object: Json | undefined, name: string): string => stringOf(member(object, name));

export const stringOf = (json: Json | undefined): string => (json?.kind === 'string' ? json.value : '');

export const listAt = (object: Json | undefined, name: string): readonly Json[] => {
  const value = member(object, name);
  return value?.kind === 'list' ? value.items : [];
};

/** The keys of an object, none of what is none. */
export const keysOf = (object: Json | undefined): readonly string[] =>
  object?.kind === 'object' ? object.members.map(([key]) => key) : [];

/** A map of strings as a plain Map. */
export const stringMapAt = (object: Json | undefined, name: string): ReadonlyMap<string, string> => {
  const value = member(object, name);
  return new Map(value?.kind === 'object' ? value.members.map(([key, item]) => [key, stringOf(item)]) : []);
};

/** A copy with members replaced, or taken out where the new value is undefined. */
export const withMembers = (
  object: Json | undefined,
  changes: Readonly<Record<string, Json | undefined>>,
): JsonObject => {
  const members = new Map(object?.kind === 'object' ? object.members : []);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) members.delete(name);
    else members.set(name, value);
  }
  return { kind: 'object', members: [...members] };
};
