import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestStop, sliderStops } from './stops.ts';

test('a few values are all offered', () => {
  expect(sliderStops(1, 4, 1)).toEqual([1, 2, 3, 4]);
});

test('a wide range has four places for each doubling, and zero where it begins there', () => {
  const stops = sliderStops(0, 65_536, 256);
  expect(stops.slice(0, 6)).toEqual([0, 256, 512, 768, 1024, 1280]);
  expect(stops.length).toBeLessThan(64);
});

test('the limits are offered, in order, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.integer({ min: 1, max: 5_000_000 }),
      fc.constantFrom(1, 256, 1024),
      (low, size, step) => {
        const stops = sliderStops(low, low + size, step);
        expect(stops[0]).toBe(low);
        expect(stops.at(-1)).toBe(low + size);
        expect(stops).toEqual([...new Set(stops)].toSorted((a, b) => a - b));
      },
    ),
  );
});

test('a value between two stops is shown at the nearer one', () => {
  expect(nearestStop([0, 256, 512], 300)).toBe(1);
  expect(nearestStop([0, 256, 512], 9999)).toBe(2);
});
