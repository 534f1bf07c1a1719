import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatElapsed, formatRunning, millisecondsSince } from './elapsed.ts';

describe('formatElapsed', () => {
  test.each([
    [-5, '<0.1 s'],
    [99, '<0.1 s'],
    [100, '0.1 s'],
    [3_249, '3.2 s'],
    [9_999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [60_000, '1 min 00 s'],
    [3_725_000, '62 min 05 s'],
  ])('%d ms reads %s', (ms, text) => {
    expect(formatElapsed(ms)).toBe(text);
  });

  test('never claims more time than has passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 86_400_000 }), (ms) => {
        const [, minutes, seconds] = /^(?:(\d+) min )?([\d.]+) s$/.exec(formatElapsed(ms)) ?? [];
        expect(Number(minutes ?? 0) * 60_000 + Number(seconds) * 1000).toBeLessThanOrEqual(ms);
      }),
    );
  });
});

test('a running figure has no tenths', () => {
  expect(formatRunning(-1)).toBe('0 s');
  expect(formatRunning(9_999)).toBe('9 s');
  expect(formatRunning(61_000)).toBe('1 min 01 s');
});

test('the time since an unreadable or future start is zero', () => {
  expect(millisecondsSince('2026-11-22T10:00:00.000Z', Date.parse('2026-11-22T10:00:04.500Z'))).toBe(4_500);
  expect(millisecondsSince('2026-11-22T10:00:01.000Z', Date.parse('2026-11-22T10:00:00.000Z'))).toBe(0);
  expect(millisecondsSince('not a time', 1_000)).toBe(0);
});
