import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainData } from './plain-data.ts';

const small = { depth: 3, values: 10, characters: 20 };

describe('isPlainData', () => {
  it('accepts whatever JSON can say, but for names that reach a prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const forbidden = /"(?:__proto__|constructor|prototype)":/u.test(JSON.stringify(value));
        expect(isPlainData(value)).toBe(!forbidden);
      }),
    );
  });

  it.each([
    ['__proto__', JSON.parse('{"a":{"__proto__":{"locked":false}}}')],
    ['constructor', { constructor: { prototype: {} } }],
    ['a class', new Date(0)],
    ['a map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a function', () => true],
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['a bigint', 1n],
    ['a symbol', { [Symbol('s')]: 1 }],
    [
      'an accessor',
      {
        get key() {
          return 1;
        },
      },
    ],
    ['a sparse array', Array.from({ length: 3 }).fill(0, 0, 1)],
  ])('refuses %s', (_name, value: unknown) => {
    expect(isPlainData(value)).toBe(false);
  });

  it('refuses what is too deep, too much or too long, cycles among it', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(isPlainData(cycle)).toBe(false);
    expect(isPlainData([[[[1]]]], small)).toBe(false);
    expect(
      isPlainData(
        Array.from({ length: 10 }, () => 1),
        small,
      ),
    ).toBe(false);
    expect(isPlainData({ key: 'x'.repeat(18) }, small)).toBe(false);
    expect(isPlainData({ key: 'x'.repeat(17) }, small)).toBe(true);
  });
});
