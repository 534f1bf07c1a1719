import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_UID_MAP } from '../../../shared/contract/engine.ts';
import { isIsolated, normaliseUidMap } from './uid-map.ts';

describe('a uid_map', () => {
  it('is shown with single spaces', () => {
    expect(normaliseUidMap('         0     100000      65536\n')).toBe('0 100000 65536');
    expect(normaliseUidMap(' 0 1 2\n 3 4 5\n')).toBe('0 1 2\n3 4 5');
  });

  it.each([
    ['0 100000 65536', true],
    ['0 165536 65536', true],
    [INITIAL_UID_MAP, false],
    ['0 0 65536', false],
    ['0 1000 65536', false],
    ['0 100000 65535', false],
    ['0 100000 4294967295', false],
    ['1 100000 65536', false],
    ['0 100000 65536\n65536 0 1', false],
    ['0 4294967295 65536', false],
    ['', false],
    ['cat: not found', false],
  ])('%j isolates: %s', (map, expected) => {
    expect(isIsolated(map)).toBe(expected);
  });

  it('that shares an id with the VM never isolates', () => {
    const range = fc.tuple(fc.nat(70_000), fc.nat(200_000), fc.constantFrom(1, 65_535, 65_536, 4_294_967_295));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 3 }), (ranges) => {
        const map = ranges.map((numbers) => numbers.join(' ')).join('\n');
        const clash = ranges.some(([, outside]) => outside < 65_536);
        expect(clash && isIsolated(map)).toBe(false);
      }),
    );
  });
});
