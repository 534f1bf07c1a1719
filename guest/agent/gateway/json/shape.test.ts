import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREATE_CONTAINER } from './bodies.ts';
import { type Json, parseJson, writeJson } from './json.ts';
import {
  anything,
  boolean,
  decode,
  foldName,
  list,
  map,
  number,
  numberPointer,
  type Shape,
  string,
  struct,
  structPointer,
  words,
} from './shape.ts';

const SHAPE = struct({
  Name: string,
  Count: number,
  Limit: numberPointer,
  On: boolean,
  Items: list(string),
  Labels: map(string),
  Inner: struct({ Sock: string, Deep: structPointer({ Key: string }) }),
  Pointer: structPointer({ A: string, B: string }),
  Command: words,
  Raw: anything,
});

const decoded = (shape: Shape, source: string): string => {
  const json = decode(shape, parseJson(new TextEncoder().encode(source)));
  return json === undefined ? 'unset' : writeJson(json);
};

describe('decode', () => {
  it.each([
    ['matches field names without case', '{"nAmE":"x","ITEMS":["a"]}', '{"Name":"x","Items":["a"]}'],
    ['folds the long s and the Kelvin sign', '{"inner":{"\u017Foc\u212A":"x"}}', '{"Inner":{"Sock":"x"}}'],
    ['reads escapes in field names', '{"\\u006eame":"x"}', '{"Name":"x"}'],
    ['lets the last duplicate win', '{"Name":"a","name":"b","NAME":"c"}', '{"Name":"c"}'],
    ['merges duplicate structs', '{"Pointer":{"A":"1","B":"1"},"pointer":{"b":"2"}}', '{"Pointer":{"A":"1","B":"2"}}'],
    ['merges duplicate maps', '{"Labels":{"a":"1","b":"1"},"labels":{"b":"2"}}', '{"Labels":{"a":"1","b":"2"}}'],
    ['replaces duplicate lists', '{"Items":["a","b"],"items":["c"]}', '{"Items":["c"]}'],
    ['keeps keys of maps as they are', '{"Labels":{"Name":"1","name":"2"}}', '{"Labels":{"Name":"1","name":"2"}}'],
    ['clears a pointer by null', '{"Pointer":{"A":"1"},"pointer":null,"Limit":1,"limit":null}', '{}'],
    [
      'leaves a value at null',
      '{"Name":"a","name":null,"Inner":{"Sock":"1"},"inner":null}',
      '{"Name":"a","Inner":{"Sock":"1"}}',
    ],
    ['leaves out unknown fields', '{"Name":"a","Other":{"Name":"b"}}', '{"Name":"a"}'],
    ['takes one word for a list', '{"Command":"sh"}', '{"Command":["sh"]}'],
    ['passes what it does not know on', '{"Raw":{"a":1,"A":[2]}}', '{"Raw":{"a":1,"A":[2]}}'],
    ['takes no member from the prototype', '{"__proto__":{"Name":"a"},"constructor":"b"}', '{}'],
  ])('%s', (_, source, expected) => {
    expect(decoded(SHAPE, source)).toBe(expected);
  });

  it.each([
    ['{"Name":1}', 'Name must be a string, not number'],
    ['{"Items":"a"}', 'Items must be a list, not string'],
    ['{"Items":[["a"]]}', 'Items[0] must be a string, not list'],
    ['{"inner":{"deep":[]}}', 'Inner.Deep must be an object, not list'],
    ['{"Labels":{"a":true}}', 'Labels.a must be a string, not boolean'],
    ['[]', 'the body must be an object, not list'],
  ])('refuses %s', (source, message) => {
    expect(() => decoded(SHAPE, source)).toThrow(message);
  });

  it('has no two fields that Go could not tell apart', () => {
    expect(() => struct({ Disk: string, 'Dis\u212A': string })).toThrow('same folded name');
  });
});

describe('any spelling of a body', () => {
  /** Spellings of a field name that Go takes for the same. */
  const spelling = (name: string): fc.Arbitrary<string> =>
    fc.array(fc.nat(2), { minLength: name.length, maxLength: name.length }).map((choices) =>
      Array.from(name)
        .map((letter, index) => {
          if (choices[index] === 0) return letter.toLowerCase();
          if (choices[index] === 1) return letter.toUpperCase();
          return { s: '\u017F', k: '\u212A' }[letter.toLowerCase()] ?? letter;
        })
        .join(''),
    );

  const valueOf = (shape: Shape, depth: number): fc.Arbitrary<Json> => {
    switch (shape.kind) {
      case 'scalar':
        return fc.constantFrom<Json>(
          { kind: 'null' },
          shape.type === 'string'
            ? { kind: 'string', value: 'v' }
            : shape.type === 'number'
              ? { kind: 'number', literal: '7' }
              : { kind: 'boolean', value: true },
        );
      case 'words':
        return fc.constantFrom<Json>({ kind: 'string', value: 'sh' }, { kind: 'list', items: [] });
      case 'anything':
        return fc.constant<Json>({ kind: 'null' });
      case 'list':
        return fc.array(valueOf(shape.of, depth), { maxLength: 2 }).map((items): Json => ({ kind: 'list', items }));
      case 'map':
        return fc
          .array(fc.tuple(fc.constantFrom('a', 'A', 'Binds'), valueOf(shape.of, depth)), { maxLength: 3 })
          .map((members): Json => ({ kind: 'object', members }));
      case 'struct': {
        const names = Object.keys(shape.fields);
        if (names.length === 0) return fc.constant<Json>({ kind: 'object', members: [] });
        const entry = fc.constantFrom(...names).chain((name) => {
          const field = shape.fields[name] ?? anything;
          return fc.tuple(
            spelling(name),
            depth === 0 ? fc.constant<Json>({ kind: 'null' }) : valueOf(field, depth - 1),
          );
        });
        return fc.array(entry, { maxLength: 6 }).map((members): Json => ({ kind: 'object', members }));
      }
    }
  };

  const foldedKeysAreUnique = (shape: Shape, json: Json): boolean => {
    if (shape.kind === 'struct' && json.kind === 'object') {
      const keys = json.members.map(([key]) => foldName(key));
      const declared = json.members.every(([key]) => key in shape.fields);
      return (
        declared &&
        new Set(keys).size === keys.length &&
        json.members.every(([key, value]) => foldedKeysAreUnique(shape.fields[key] ?? anything, value))
      );
    }
    if (shape.kind === 'map' && json.kind === 'object') {
      return (
        new Set(json.members.map(([key]) => key)).size === json.members.length &&
        json.members.every(([, value]) => foldedKeysAreUnique(shape.of, value))
      );
    }
    return (
      shape.kind !== 'list' || json.kind !== 'list' || json.items.every((item) => foldedKeysAreUnique(shape.of, item))
    );
  };

  /** Go's rules again, written the other way round: by looking for the value that counts. */
  const lastScalar = (json: Json, field: string): Json | undefined =>
    json.kind === 'object'
      ? json.members.findLast(([key, value]) => foldName(key) === foldName(field) && value.kind !== 'null')?.[1]
      : undefined;

  it('decodes to declared names that occur once, and decoding again changes nothing', () => {
    fc.assert(
      fc.property(valueOf(CREATE_CONTAINER, 4), (json) => {
        const once = decode(CREATE_CONTAINER, json) ?? { kind: 'null' };
        expect(foldedKeysAreUnique(CREATE_CONTAINER, once)).toBe(true);
        expect(decode(CREATE_CONTAINER, parseJson(new TextEncoder().encode(writeJson(once))))).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the value of the last spelling that is not null', () => {
    const entry = fc.tuple(
      spelling('Disks'),
      fc.constantFrom<Json>({ kind: 'null' }, { kind: 'string', value: 'a' }, { kind: 'string', value: 'b' }),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (members) => {
        const json: Json = { kind: 'object', members };
        const result = decode(struct({ Disks: string }), json);
        expect(result?.kind === 'object' ? result.members[0]?.[1] : undefined).toEqual(lastScalar(json, 'Disks'));
      }),
    );
  });
});
