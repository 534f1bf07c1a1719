import { expect, it } from 'vitest';
import { median, quantile } from './statistics.ts';

it('finds the middle, whatever the order', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

it('gives the nearest value of a quantile', () => {
  expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile([50, 10, 40, 20, 30], share))).toEqual([10, 20, 30, 40, 50]);
});
