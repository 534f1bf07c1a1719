import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { caretExcerpt } from './excerpt.ts';

test('the caret stands under the column', () => {
  expect(caretExcerpt('  "value": yes,', 12, 80)).toEqual({ line: '  "value": yes,', caret: '           ^' });
});

test('a tab is one character wide, as it is in the column', () => {
  expect(caretExcerpt('\t"a": x', 7, 80)).toEqual({ line: ' "a": x', caret: '      ^' });
});

test('without a column there is no caret', () => {
  expect(caretExcerpt('abcdef', null, 4)).toEqual({ line: 'abc…', caret: null });
});

test('past the end of the line, the caret stands after its last character', () => {
  expect(caretExcerpt('{', 40, 80)).toEqual({ line: '{', caret: ' ^' });
});

test('however long the line, the caret stands under the same character', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 8, max: 80 }), (column, width) => {
      const line = Array.from({ length: 500 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
      const cut = caretExcerpt(line, column, width);
      expect(cut.line[cut.caret?.indexOf('^') ?? -1]).toBe(line[column - 1]);
      expect(cut.line.length).toBeLessThanOrEqual(width + 2);
    }),
  );
});
