import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLives } from './soak-lives.ts';

const SIZE = 65_536;
const begins = (name: string, slot: number): string => `+ ${name} 0 ${100_000 + slot * SIZE} ${SIZE}`;

test('whoever lives alone may have any range again', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4095), { minLength: 1 }), (slots) => {
      const lives = createLives();
      lives.read(slots.flatMap((slot, at) => [begins(`c${at}`, slot), `- c${at}`]));
      const ranges = new Set(slots).size;
      expect(lives.counts()).toEqual({ started: slots.length, living: 0, ranges, again: slots.length - ranges });
    }),
  );
});

test('two that live at once and have an id in common are found, however far apart they began', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(4095), { minLength: 1 }), fc.nat(), fc.nat(SIZE - 1), (slots, which, shift) => {
      const lives = createLives();
      lives.read(slots.map((slot, at) => begins(`c${at}`, slot)));
      const from = 100_000 + (slots[which % slots.length] ?? 0) * SIZE + shift;
      expect(() => lives.read([`+ other 0 ${from} ${SIZE}`])).toThrow('live at once and share ids');
    }),
  );
});

test.each(['0 0 4294967295', '0 0 65536', '0 100000 65535', '1 100000 65536', '', 'x y z'])(
  'a container with the mapping %j is not isolated',
  (mapping) => {
    expect(() => createLives().read([`+ one ${mapping}`])).toThrow('not isolated');
  },
);

test('only a container that began can end', () => {
  expect(() => createLives().read(['- one'])).toThrow('what it should not');
  expect(() => createLives().read([begins('one', 0), '- one', '- one'])).toThrow('what it should not');
});
