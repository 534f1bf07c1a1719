import { expect, test } from 'vitest';
import { formatExactTime, formatMoment } from './clock.ts';

const at = (hour: number, minute: number, second = 0, day = 22): Date => new Date(2026, 10, day, hour, minute, second);

test('a time of today has no date', () => {
  expect(formatMoment(at(14, 2).toISOString(), at(18, 0).getTime())).toBe('14:02');
  expect(formatMoment(at(0, 5).toISOString(), at(18, 0).getTime())).toBe('00:05');
});

test('a time of another day says which', () => {
  expect(formatMoment(at(14, 2, 0, 21).toISOString(), at(0, 1).getTime())).toBe('21 Nov, 14:02');
});

test('an exact time has seconds', () => {
  expect(formatExactTime(at(14, 2, 9).toISOString())).toBe('14:02:09');
});

test('what cannot be read is shown as it is', () => {
  expect(formatMoment('soon', 0)).toBe('soon');
  expect(formatExactTime('soon')).toBe('soon');
});
