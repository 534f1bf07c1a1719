import { describe, expect, it } from 'vitest';
import { policyKeys } from './keys.ts';
import { parsePolicy } from './parse.ts';
import { typeSchema } from './schema.ts';
import type { Fields, Shape, Shapes, ValueType } from './shape.ts';

/** A mistake: what stands at a top-level key, and the name that a message about it has to hold. */
interface Mistake {
  readonly name: string;
  readonly member: unknown;
}

const NO_OBJECT: readonly unknown[] = [true, 7, 'x', null, []];
const NO_LOCK: readonly unknown[] = ['true', 1, 0, null, [], {}];

/** Values that are not of the type, in every way there is. */
function wrong(type: ValueType): readonly unknown[] {
  switch (type.kind) {
    case 'scalar': {
      const schema = typeSchema(type);
      const kinds: readonly unknown[] = [true, 7, 1.5, '7', 'nonsense', '', null, [], {}];
      const bounds = [schema['minimum'], schema['maximum']].flatMap((bound, index) =>
        typeof bound === 'number' && Math.abs(bound) < 2 ** 53 - 1 ? [bound + (index === 0 ? -1 : 1)] : [],
      );
      return [...kinds, ...bounds, '/a/../b', 'a b'].filter((value) => !type.schema.safeParse(value).success);
    }
    case 'checkedText':
      return [true, 7, null, [], {}, 'nonsense', '[]', '', '{"hosts": []}', '{"debug": 1}', '{"debug": true,}'];
    case 'list':
      return [true, 7, 'x', null, {}, ...wrong(type.item).map((item) => [item])];
    case 'textOrList':
      return [true, 7, null, {}, 'a b', [1], ['a b'], ['a,b'], ['']];
    case 'object':
      return [
        ...NO_OBJECT,
        ...type.required.map(() => ({})),
        ...Object.entries(type.fields).flatMap(([field, inner]) =>
          wrong(inner).map((value) => ({ ...right(type, field), [field]: value })),
        ),
      ];
  }
}

/** What else an object needs to be right but for the field. */
function right(type: Extract<ValueType, { kind: 'object' }>, except: string): object {
  return type.required.includes('path') && except !== 'path' ? { path: '/data' } : {};
}

const locks = (name: string, rest: object): readonly Mistake[] => [
  ...NO_LOCK.map((locked) => ({ name: `${name}.locked`, member: { ...rest, locked } })),
  ...['lock', 'lockd', 'lcoked', 'isLocked'].map((field) => ({ name, member: { ...rest, [field]: true } })),
];

const fieldMistakes = (fields: Fields, parent: string): readonly Mistake[] =>
  Object.entries(fields).flatMap(([field, type]) =>
    wrong(type).map((value) => ({ name: `${parent}.${field}`, member: { locked: true, value: true, [field]: value } })),
  );

function mistakesIn(shape: Shape, name: string): readonly Mistake[] {
  switch (shape.kind) {
    case 'entry':
      return [
        ...NO_OBJECT.map((member) => ({ name, member })),
        ...locks(name, {}),
        { name, member: { locked: true } },
        { name, member: { locked: true, vaule: true } },
        ...wrong(shape.type).map((value) => ({ name: `${name}.value`, member: { locked: true, value } })),
        ...wrong(shape.type).map((value) => ({ name: `${name}.value`, member: { value } })),
        ...fieldMistakes(shape.extras, name),
      ];
    case 'group':
      return [
        ...NO_OBJECT.map((member) => ({ name, member })),
        ...locks(name, {}),
        { name, member: { locked: true } },
        ...Object.entries(shape.fields).flatMap(([field, type]) =>
          wrong(type).map((value) => ({ name: `${name}.${field}`, member: { locked: true, [field]: value } })),
        ),
      ];
    case 'container':
      return [
        ...NO_OBJECT.map((member) => ({ name, member })),
        ...Object.entries(shape.children).flatMap(([key, child]) =>
          mistakesIn(child, `${name}.${key}`).map((mistake) => ({ ...mistake, member: { [key]: mistake.member } })),
        ),
      ];
    case 'bare':
      return wrong(shape.type).map((member) => ({ name, member }));
  }
}

const shapes: Shapes = policyKeys;

describe('each key alone, wrong in each way that its type allows', () => {
  it.each(Object.entries(shapes))('%s is refused with the place and the name', (key, shape) => {
    const mistakes = mistakesIn(shape, key);
    expect(mistakes.length).toBeGreaterThan(4);
    for (const { name, member } of mistakes) {
      const text = `{\n  "x-comment": 1,\n  "${key}": ${JSON.stringify(member)}\n}`;
      const parsed = parsePolicy('/p', new TextEncoder().encode(text));
      const told = `${name} in ${text}`;
      expect([told, parsed.kind]).toEqual([told, 'invalid']);
      if (parsed.kind === 'valid') continue;
      for (const { line, column, reason, excerpt, caret } of parsed.problems) {
        expect([told, line]).toEqual([told, 3]);
        expect(column).toBeGreaterThan(2);
        expect(excerpt?.[caret ?? -1]).toMatch(/\S/u);
        expect(reason).toContain(name.split('.').at(-1) === 'locked' ? name : key);
      }
    }
  });
});
