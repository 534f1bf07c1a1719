import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSize, readSize } from './size.ts';

test.each([
  [0, '0 MB'],
  [256, '256 MB'],
  [1024, '1 GB'],
  [1280, '1.25 GB'],
  [1100, '1100 MB'],
  [65_536, '64 GB'],
  [4_194_304, '4 TB'],
])('%d MiB reads as %s', (mebibytes, words) => {
  expect(formatSize(mebibytes)).toBe(words);
});

test.each([
  ['2', 2048],
  ['2 GB', 2048],
  ['1.5g', 1536],
  ['1,5 GiB', 1536],
  ['512mb', 512],
  [' 1 TB ', 1_048_576],
])('%j is %d MiB', (text, mebibytes) => {
  expect(readSize(text)).toBe(mebibytes);
});

test.each(['', 'much', '-1', '2 GB 1', '1e3', '0.0001 GB', '2 kb', 'Infinity'])('%j is no size', (text) => {
  expect(readSize(text)).toBeNull();
});

test('what is shown can be typed again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_194_304 }), (mebibytes) => {
      expect(readSize(formatSize(mebibytes))).toBe(mebibytes);
    }),
  );
});
