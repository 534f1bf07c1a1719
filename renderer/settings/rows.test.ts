import { expect, test } from 'vitest';
import { catalog } from '../../shared/settings/catalog.ts';
import { appSnapshot, lockedIsolation, settingsWith } from '../testing/snapshots.ts';
import { lockedCount, refusalOf, rowsOf, valueWord } from './rows.ts';

const locked = appSnapshot({ settings: settingsWith({ enhancedContainerIsolation: lockedIsolation(true) }) });
const invalid = appSnapshot({ policy: { kind: 'invalid', path: '/p', problems: [] } });

test('a tab has its settings of this platform in their order', () => {
  const rows = rowsOf('general', 'linux');
  expect(rows.map(({ order }) => order)).toEqual(rows.map(({ order }) => order).toSorted((a, b) => a - b));
  expect(rows.length).toBeGreaterThan(0);
  expect(rowsOf('general', 'plan9')).toEqual([]);
});

test('a locked row is refused, and counted', () => {
  expect(refusalOf(catalog.enhancedContainerIsolation, locked)).toBe('locked');
  expect(refusalOf(catalog.startEngineOnLaunch, locked)).toBeNull();
  expect(lockedCount(rowsOf('general', 'linux'), locked.settings)).toBe(1);
});

test('under a policy that cannot be read only what no policy protects can be changed', () => {
  expect(refusalOf(catalog.enhancedContainerIsolation, invalid)).toBe('policyInvalid');
  expect(refusalOf(catalog.theme, invalid)).toBeNull();
});

test('values read as words', () => {
  expect(valueWord(catalog.enhancedContainerIsolation, true)).toBe('on');
  expect(valueWord(catalog.theme, 'dark')).toBe('Dark');
});
