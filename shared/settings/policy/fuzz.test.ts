import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_POLICY_BYTES, type ParsedPolicy, parsePolicy } from './parse.ts';

const sample = readFileSync(new URL('./fixtures/every-docker-key.json', import.meta.url));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (bytes: Uint8Array): ParsedPolicy => parsePolicy('/p', bytes);
const LONG = 120_000;

/** The settings that a policy locks, those that are on or off with their value. */
function locksOf(parsed: ParsedPolicy): ReadonlyMap<string, unknown> {
  if (parsed.kind === 'invalid') return new Map();
  const locked = Object.entries(parsed.layer).filter(([, setting]) => setting.locked);
  return new Map(locked.map(([key, { value }]) => [key, typeof value === 'boolean' ? value : null]));
}

const whole = parse(sample);
const wholeLocks = locksOf(whole);

/** Whether the file is refused, or is as strong as the whole one, or warns of a name that is no longer known. */
function isAsStrong(bytes: Uint8Array): boolean {
  const parsed = parse(bytes);
  if (parsed.kind === 'invalid') return parsed.problems.length > 0;
  if (parsed.keys.some(({ state }) => state === 'unknown')) return true;
  const locks = locksOf(parsed);
  return [...wholeLocks].every(([key, value]) => locks.has(key) && locks.get(key) === value);
}

describe("the documented sample of Docker's keys", () => {
  it('is valid, with every key known', () => {
    expect(whole.kind).toBe('valid');
    expect(wholeLocks.size).toBe(16);
    expect(whole.kind === 'valid' && whole.keys.filter(({ state }) => state === 'unknown')).toEqual([]);
  });

  it(
    'is refused when it ends early, wherever that is',
    () => {
      const end = sample.lastIndexOf('}');
      for (let length = 0; length <= end; length += 1) expect(parse(sample.subarray(0, length)).kind).toBe('invalid');
    },
    LONG,
  );

  it(
    'is not weakened by a byte that is lost, added or changed',
    () => {
      const place = fc.nat(sample.length - 1);
      const byte = fc.oneof(fc.nat(255), fc.constantFrom(...encode('"{}[],:\\ \n0aE')));
      fc.assert(
        fc.property(place, fc.nat(1), fc.option(byte), (at, cut, put) => {
          const added = put === null ? [] : [put];
          expect(isAsStrong(new Uint8Array([...sample.subarray(0, at), ...added, ...sample.subarray(at + cut)]))).toBe(
            true,
          );
        }),
        { numRuns: 1000 },
      );
    },
    LONG,
  );

  it(
    'is refused with a NUL anywhere',
    () => {
      fc.assert(
        fc.property(fc.nat(sample.length), (at) => {
          const bytes = new Uint8Array([...sample.subarray(0, at), 0, ...sample.subarray(at)]);
          expect(parse(bytes).kind).toBe('invalid');
        }),
        { numRuns: 200 },
      );
    },
    LONG,
  );

  it('is refused when a key stands in it twice, in any spelling', () => {
    const text = new TextDecoder().decode(sample);
    const keys = Object.keys(JSON.parse(text) as object);
    for (const key of keys) {
      const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}`;
      for (const again of [key, key.toUpperCase(), escaped]) {
        const twice = text.replace('{', `{"${again}": {"locked": false, "value": false},`);
        const parsed = parse(encode(twice));
        expect([again, parsed.kind]).toEqual([again, 'invalid']);
        expect(parsed.kind === 'invalid' && parsed.problems.some(({ reason }) => reason.includes('second time'))).toBe(
          true,
        );
      }
    }
  });
});

describe('any bytes', () => {
  const isObject = (bytes: Uint8Array): boolean => {
    try {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    } catch {
      return false;
    }
  };

  it(
    'are answered, and are no policy unless they are a JSON object',
    () => {
      const names = '"locked" "value" "proxy" "enhancedContainerIsolation" "filesharingAllowedDirectories"';
      const marks = '{ } [ ] , : " \\ \\ud800 \\udfff \ufeff \u2028 - 1e999 true';
      const pieces = fc.constantFrom(' ', ...`${names} ${marks}`.split(' '));
      const texts = fc.array(pieces, { maxLength: 40 }).map((parts) => encode(parts.join('')));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), texts), (bytes) => {
          expect(parse(bytes).kind === 'invalid' || isObject(bytes)).toBe(true);
        }),
        { numRuns: 2000 },
      );
    },
    LONG,
  );

  it.each([
    ['brackets', '['.repeat(LARGEST_POLICY_BYTES)],
    ['objects', '{"a":'.repeat(200_000)],
    ['closed brackets', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['quotes', '"'.repeat(LARGEST_POLICY_BYTES)],
    ['escapes', `"${'\\u0000'.repeat(170_000)}`],
    ['commas', `{${','.repeat(LARGEST_POLICY_BYTES - 2)}}`],
    ['line breaks', `{${'\n'.repeat(LARGEST_POLICY_BYTES - 2)}`],
    ['digits', `{"cpus":{"value":${'9'.repeat(1_000_000)}}}`],
    ['one key many times', `{${'"theme":{},'.repeat(90_000)}"theme":{}}`],
    ['ten megabytes', ' '.repeat(10 * 1024 * 1024)],
    ['ten megabytes around a lock', `${' '.repeat(10 * 1024 * 1024)}{"theme":{"locked":true,"value":"dark"}}`],
  ])(
    'of %s come to an end and are refused',
    (_name, text) => {
      expect(parse(encode(text)).kind).toBe('invalid');
    },
    LONG,
  );

  it('with half a surrogate pair are refused, in a name and in a value', () => {
    const locked = '"theme":{"locked":true,"value":"dark"}';
    expect(parse(encode(`{"\\ud800":1,${locked}}`)).kind).toBe('invalid');
    expect(parse(encode(`{"theme":{"locked":true,"value":"\\udc00"}}`)).kind).toBe('invalid');
    expect(parse(new Uint8Array([...encode(`{${locked},"`), 0xed, 0xa0, 0x80, ...encode('":1}')])).kind).toBe(
      'invalid',
    );
  });
});
