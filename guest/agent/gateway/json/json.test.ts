import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from './json.ts';

const bytes = (source: string): Uint8Array => new TextEncoder().encode(source);
const roundTrip = (source: string): string => writeJson(parseJson(bytes(source)));

describe('parseJson', () => {
  it('agrees with JSON.parse on every valid document', () => {
    fc.assert(
      fc.property(fc.json(), (source) => {
        expect(JSON.parse(roundTrip(source))).toEqual(JSON.parse(source));
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts', () => {
    const accepts = (parse: () => unknown): boolean => {
      try {
        parse();
        return true;
      } catch {
        return false;
      }
    };
    const fragments = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '-',
      '0',
      '1',
      '.',
      'e',
      'null',
      'true',
      ' ',
      '\n',
      '\u0001',
      '\uFEFF',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 12 }), (parts) => {
        const source = parts.join('');
        expect(accepts(() => parseJson(bytes(source)))).toBe(accepts(() => JSON.parse(source)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent through writeJson', () => {
    fc.assert(
      fc.property(fc.json(), (source) => {
        expect(roundTrip(roundTrip(source))).toBe(roundTrip(source));
      }),
    );
  });

  it('keeps the digits of numbers', () => {
    expect(roundTrip('[9223372036854775807, -0.10, 1e400]')).toBe('[9223372036854775807,-0.10,1e400]');
  });

  it('keeps duplicates and __proto__', () => {
    expect(roundTrip('{"a":1,"a":2,"__proto__":{"b":1}}')).toBe('{"a":1,"a":2,"__proto__":{"b":1}}');
  });

  it.each([
    ['"\\ud800"', '"\uFFFD"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['"\\u0048ost"', '"Host"'],
  ])('reads the escape %s as Go does', (source, written) => {
    expect(roundTrip(source)).toBe(written);
  });

  it('replaces bytes that are not UTF-8', () => {
    expect(writeJson(parseJson(Buffer.from([0x22, 0xff, 0x22])))).toBe('"\uFFFD"');
  });

  it.each([
    '',
    ' ',
    '{}{}',
    '{} x',
    '{"a":1,}',
    '[1,]',
    "{'a':1}",
    '01',
    '"\n"',
    '"\\x"',
    'nul',
    '\uFEFF{}',
    '{"a" 1}',
    '['.repeat(300),
  ])('refuses %j', (source) => {
    expect(() => parseJson(bytes(source))).toThrow(/at character \d+$/);
  });
});
