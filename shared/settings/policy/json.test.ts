import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEEPEST_NESTING, type JsonNode, readJson } from './json.ts';

/** What the tree says, as JSON.parse would have said it. Own properties only, as JSON.parse makes them. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'object':
      return Object.fromEntries(node.members.map((member) => [member.name, plain(member.value)]));
    case 'hole':
      throw new Error('a hole in a tree without mistakes');
  }
}

function nativeParse(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

function reasons(text: string): readonly string[] {
  return readJson(text).mistakes.map((mistake) => mistake.reason);
}

const jsonText = fc.tuple(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t')).map(([text, indent]) => {
  return JSON.stringify(JSON.parse(text), undefined, indent);
});

describe('readJson', () => {
  it('reads what JSON.parse reads, with the same meaning', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const { root, mistakes } = readJson(text);
        expect(mistakes).toEqual([]);
        expect(plain(root)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('accepts a damaged text exactly when JSON.parse does', () => {
    const damaged = fc
      .tuple(
        jsonText,
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', ',', '"', '}', '[', ':', '0', '-', '\\', '\u0000', 'x', '\u00a0', '//', "'", '.'),
      )
      .map(([text, at, cut, insert]) => {
        const offset = at % (text.length + 1);
        return text.slice(0, offset) + insert + text.slice(offset + cut);
      })
      // The one deliberate difference: half of a surrogate pair is refused.
      .filter((text) => !/\p{Cs}|\\u[dD][89a-fA-F]/u.test(text));
    fc.assert(
      fc.property(damaged, (text) => {
        const native = nativeParse(text);
        const { root, mistakes } = readJson(text);
        expect(mistakes.length === 0).toBe(native !== null);
        expect(mistakes.length === 0 ? plain(root) : null).toEqual(native === null ? null : native.value);
      }),
      { numRuns: 1000 },
    );
  });

  it('gets to an end on any text, with every mistake inside it', () => {
    const noise = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', ',', ':', '"', "'", 'a', '1', '\n', '\\', '/'),
    });
    fc.assert(
      fc.property(noise, (text) => {
        for (const { offset } of readJson(text).mistakes) {
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['', ['The file is empty; a policy that sets nothing is {}']],
    ['{"a": 1,}', ['No "," may stand before "}"']],
    ['{"a": 1 "b": 2}', ['Expected "," before this']],
    ['{"a" 1}', ['Expected ":" after the name, found a number']],
    ['{"a": }', ['Expected a value, found "}"']],
    ['{"a": True}', ['"True" must be true, false, null or in double quotes; did you mean true?']],
    ['{a: 1}', ['"a" must be true, false, null or in double quotes']],
    ['{"a": 01}', ['"01" is not a number of JSON']],
    ['{"a": 1 // one\n}', ['JSON has no comments']],
    ["{'a': 1}", [`Text is written in plain double quotes ("), not in '`]],
    ['{“a”: 1}', ['Text is written in plain double quotes ("), not in “']],
    ['{"a": 1', ['This "{" is never closed']],
    ['{"a": [1, 2}', ['Expected "]", found "}"']],
    ['{} {}', ['Expected the end of the file, found "{"']],
    ['{"a": "C:\\dir"}', ['"\\\\d" is not an escape sequence of JSON; write \\\\ for a backslash']],
    ['{"a": "\ud800"}', ['This text has half of a surrogate pair, which is no character (RFC 8259, section 8.2)']],
    ['{"a": "\\ud800"}', ['This text has half of a surrogate pair, which is no character (RFC 8259, section 8.2)']],
    ['{"a": "x\u0000"}', ['The character U+0000 must not stand in text as it is; write it as an escape']],
    ['{\u00a0"a": 1}', ['The character U+00A0 has no place in JSON outside text']],
  ])('says what is wrong with %j', (text, expected) => {
    expect(reasons(text)).toEqual(expected);
  });

  it('reports every mistake at its own place', () => {
    const text = '{\n  "a": yes,\n  "b": 1\n  "c": [1,],\n}';
    expect(readJson(text).mistakes.map(({ offset }) => text.slice(offset, offset + 3))).toEqual([
      'yes',
      '"c"',
      ',],'.slice(0, 3),
      ',\n}',
    ]);
  });

  it('still knows the members around a mistake', () => {
    const { root } = readJson('{"a": 1, b, "c": 3}');
    expect(root.kind === 'object' && root.members.map((member) => member.name)).toEqual(['a', 'c']);
    expect(root.kind === 'object' && root.damaged).toBe(true);
  });

  it('refuses deep nesting without coming near the end of the stack', () => {
    expect(reasons('['.repeat(DEEPEST_NESTING) + ']'.repeat(DEEPEST_NESTING))).toEqual([]);
    expect(reasons('['.repeat(500_000))).toEqual([
      `Nested more than ${DEEPEST_NESTING} levels deep; no setting needs that`,
    ]);
  });

  it('stops listing after a hundred mistakes', () => {
    expect(readJson(`[${"'',".repeat(300_000)}]`).mistakes).toHaveLength(101);
  });
});
