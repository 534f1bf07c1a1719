import { expect, test } from 'vitest';
import { INITIAL_UID_MAP } from '../../shared/contract/engine.ts';
import { parseUidMap, rootLine, uidMapChip } from './uid-map.ts';

test('an isolated map', () => {
  expect(parseUidMap('0 100000 65536')).toEqual({ inside: 0, outside: 100_000, count: 65_536 });
  expect(uidMapChip('0 100000 65536')).toBe('uid_map 0 → 100000, 65536 ids');
  expect(rootLine('0 165536 65536')).toBe('root in containers → uid 165536');
});

test('the initial namespace', () => {
  expect(uidMapChip(INITIAL_UID_MAP)).toBe('uid_map 0 → 0, all ids');
  expect(rootLine(INITIAL_UID_MAP)).toBe('root in containers → uid 0');
});

test.each(['', '0 100000', '0  100000 65536', '0 100000 65536\n1 2 3', 'x 1 2', '1000 100000 65536'])(
  'a map that says nothing of root is shown as it was read: %j',
  (uidMap) => {
    expect(rootLine(uidMap)).toBe(`uid_map ${uidMap}`);
  },
);
