import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineReader } from './lines.ts';

it('gives the same lines however the bytes are cut', () => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll(/[\r\n]/g, '')));
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const seen: string[] = [];
      const read = createLineReader(
        1000,
        (line) => seen.push(line),
        () => expect.fail('no line is too long'),
      );
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        read(bytes.subarray(at, end));
        at = end;
      }
      expect(seen).toEqual(lines);
    }),
  );
});

it('drops a stream whose line is too long, without keeping it in memory', () => {
  const seen: string[] = [];
  let tooLong = 0;
  const read = createLineReader(
    8,
    (line) => seen.push(line),
    () => (tooLong += 1),
  );
  read(Buffer.from('short\r\nmuch too'));
  read(Buffer.from(' long'));
  read(Buffer.from('\nlater\n'));
  expect(seen).toEqual(['short']);
  expect(tooLong).toBe(1);
});
