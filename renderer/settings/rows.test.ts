import { expect, test } from 'vitest';
import { catalog } from '../../shared/settings/catalog.ts';
import { appSnapshot, lockedIsolation, settingsWith } from '../testing/snapshots.ts';
import { allRows, groupsOf, isInstant, lockedCount, refusalOf, rowsOf, sectionsOf } from './rows.ts';

const locked = appSnapshot({ settings: settingsWith({ enhancedContainerIsolation: lockedIsolation(true) }) });
const invalid = appSnapshot({ policy: { kind: 'invalid', path: '/p', problems: [] } });

test('a tab has its settings of this platform in their order', () => {
  const rows = rowsOf('general', 'linux');
  expect(rows.map(({ order }) => order)).toEqual(rows.map(({ order }) => order).toSorted((a, b) => a - b));
  expect(rows.length).toBeGreaterThan(0);
  expect(rowsOf('general', 'plan9')).toEqual([]);
});

test('every setting with a tab has a row', () => {
  const keys = allRows('linux').map(({ key }) => key);
  expect(new Set(keys)).toEqual(new Set(Object.values(catalog).flatMap(({ key, tab }) => (tab === null ? [] : key))));
});

test('Resources has the sections of Docker Desktop, and General has none', () => {
  expect(sectionsOf(rowsOf('resources', 'linux'))).toEqual(['advanced', 'fileSharing', 'proxies', 'network']);
  expect(sectionsOf(rowsOf('general', 'linux'))).toEqual([]);
});

test('the fields of a proxy stand together, and nothing else does', () => {
  const groups = groupsOf(rowsOf('resources', 'linux')).filter(({ rows }) => rows.length > 1);
  expect(groups.map(({ name, rows }) => [name, rows[0].key, rows.length])).toEqual([
    ['proxy', 'proxyMode', 4],
    ['containersProxy', 'containersProxyMode', 4],
  ]);
});

test('a locked row is refused, and counted', () => {
  expect(refusalOf(catalog.enhancedContainerIsolation, locked, true, true)).toBe('locked');
  expect(refusalOf(catalog.startEngineOnLaunch, locked, true, true)).toBeNull();
  expect(lockedCount(rowsOf('general', 'linux'), locked.settings)).toBe(1);
});

test('under a policy that cannot be read only what no policy protects can be changed', () => {
  expect(refusalOf(catalog.enhancedContainerIsolation, invalid, false, false)).toBe('policyInvalid');
  expect(refusalOf(catalog.theme, invalid, 'dark', false)).toBeNull();
});

test('only the theme takes effect as soon as it is chosen', () => {
  expect(
    Object.values(catalog)
      .filter(isInstant)
      .map(({ key }) => key),
  ).toEqual(['theme']);
});

test('under isolation the engine can be hidden, but not exposed', () => {
  const expose = catalog.exposeDockerAPIOnTCP2375;
  expect(refusalOf(expose, appSnapshot(), false, true)).toBe('isolation');
  expect(refusalOf(expose, appSnapshot(), true, true)).toBeNull();
  expect(refusalOf(expose, appSnapshot(), false, false)).toBeNull();
});
