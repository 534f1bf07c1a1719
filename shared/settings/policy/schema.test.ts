import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyKeys } from './keys.ts';
import { parsePolicy } from './parse.ts';
import { policySchema } from './schema.ts';
import type { Fields, Shape, Shapes, ValueType } from './shape.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const bySchema = new Ajv({ strict: false }).compile(policySchema());
const parse = (policy: unknown) => parsePolicy('/p', new TextEncoder().encode(JSON.stringify(policy)));
const byValidator = (policy: unknown): boolean => parse(policy).kind === 'valid';

const junk = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  -2,
  1.5,
  65_535,
  65_536,
  1e300,
  '',
  'x',
  'manual',
  'dark',
  'auto',
  'deny',
  [],
  ['x'],
  [1],
  {},
);
/** Something right for every scalar there is. */
const RIGHT = [true, 'system', 'dual-stack', 'light', 'default-port-binding', 2, 2048, 65_536, '$HOME', '{}'];
const mostly = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: junk });
/** Some of these members, now and then with one that nobody knows and that resembles no known one. */
const some = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record({ ...members, 'x-nobody-knows-this-one': junk }, { requiredKeys: [] });

/** Values of a shape, right and wrong, in the catalog's spelling. */
function valueOf(type: ValueType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'scalar':
    case 'checkedText':
      return fc.oneof(junk, fc.constantFrom<unknown>(...RIGHT));
    case 'list':
      return mostly(fc.array(valueOf(type.item), { maxLength: 2 }));
    case 'object':
      return mostly(some(fieldsOf(type.fields)));
    case 'textOrList':
      return mostly(fc.constantFrom<unknown>('a,b', ' a , , b', 'a b', ['a', 'b'], ['a', 1], ['a b'], ['a,b'], ['']));
  }
}

const fieldsOf = (fields: Fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, valueOf(type)]));
const locked = fc.oneof({ weight: 5, arbitrary: fc.boolean() }, { weight: 1, arbitrary: junk });

function policyOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'entry':
      return mostly(some({ locked, value: valueOf(shape.type), ...fieldsOf(shape.extras) }));
    case 'group':
      return mostly(some({ locked, ...fieldsOf(shape.fields) }));
    case 'container':
      return mostly(
        some(Object.fromEntries(Object.entries(shape.children).map(([key, child]) => [key, policyOf(child)]))),
      );
    case 'bare':
      return valueOf(shape.type);
  }
}

/** One key with something under it, so that one verdict is about one shape. */
const policies = (shapes: Shapes): fc.Arbitrary<object> =>
  fc.oneof(...Object.entries(shapes).map(([key, shape]) => policyOf(shape).map((value) => ({ [key]: value }))));

describe('the JSON Schema', () => {
  it('is published as it is generated; if not, run: npm run schema', () => {
    expect(JSON.parse(read('../../../docs/admin-settings.schema.json'))).toEqual(policySchema());
  });

  it('agrees with the validator about every shape', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(policies(policyKeys), (policy) => {
        const parsed = parse(policy);
        const valid = parsed.kind === 'valid';
        verdicts.add(valid);
        // A schema cannot look into the text that dockerDaemonOptions is.
        const isBeyondSchema = !valid && parsed.problems.every(({ reason }) => reason.includes('dockerDaemonOptions'));
        if (!isBeyondSchema) expect(bySchema(policy)).toBe(valid);
      }),
      { numRuns: 3000 },
    );
    expect(verdicts.size).toBe(2);
  }, 60_000);

  it('knows every key that the validator knows', () => {
    const { properties } = policySchema();
    expect(Object.keys(properties as object)).toEqual(Object.keys(policyKeys));
  });

  it.each([
    ["Docker's complete file", JSON.parse(read('./fixtures/every-docker-key.json')) as unknown, true],
    ['a file that names its schema', { $schema: './admin-settings.schema.json' }, true],
    ['a lock without a value', { theme: { locked: true } }, false],
    ['a locked group without a field', { proxy: { locked: true } }, false],
    ['a locked group with a field', { proxy: { locked: true, mode: 'system' } }, true],
    [
      'a locked entry with only another field',
      { enhancedContainerIsolation: { locked: true, dockerSocketMount: {} } },
      false,
    ],
    ['a bare value', { theme: 'dark' }, false],
    ['a list for the whole', [], false],
  ])('judges %s as the validator does', (_, policy, valid) => {
    expect(bySchema(policy)).toBe(valid);
    expect(byValidator(policy)).toBe(valid);
  });
});
