import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineTooLongError, lineSplitter } from './lines.ts';

const word = fc.string({ maxLength: 20 }).map((text) => text.replaceAll('\n', ' '));

describe('lineSplitter', () => {
  it('gives the same lines however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(word), fc.array(fc.nat(8), { minLength: 1 }), (lines, cuts) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const split = lineSplitter(100);
        const found: string[] = [];
        let at = 0;
        for (let i = 0; at < text.length; i += 1) {
          const length = (cuts[i % cuts.length] ?? 0) + 1;
          found.push(...split(text.slice(at, at + length)));
          at += length;
        }
        expect(found).toEqual(lines);
      }),
    );
  });

  it('refuses a line that is too long, finished or not', () => {
    expect(() => lineSplitter(3)('abcd')).toThrow(LineTooLongError);
    expect(() => lineSplitter(3)('abcd\n')).toThrow(LineTooLongError);
    expect(lineSplitter(3)('abc\nabc')).toEqual(['abc']);
  });
});
