import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyKey } from '../../contract/settings.ts';
import { KEY_NOTES } from './key-notes.ts';
import { standingOf } from './key-states.ts';
import { policyNames } from './keys.ts';
import { parsePolicy } from './parse.ts';

const PATH = '/etc/bulkhead/admin-settings.json';

function keysOf(text: string): readonly PolicyKey[] {
  const parsed = parsePolicy(PATH, new TextEncoder().encode(text));
  if (parsed.kind === 'invalid') throw new Error(parsed.problems[0]?.reason);
  return parsed.keys;
}

const every = readFileSync(new URL('./fixtures/every-docker-key.json', import.meta.url), 'utf8');

describe('the keys of a policy', () => {
  it('are listed in the order of the file with state, value, lock and line', () => {
    const text = '{\n"enhancedContainerIsolation":{"locked":true,"value":true},\n"scout":{"sbomIndexing":false}}';
    expect(keysOf(text)).toEqual([
      {
        name: 'enhancedContainerIsolation',
        state: 'enforced',
        value: true,
        locked: true,
        at: { path: PATH, line: 2, column: 1 },
        note: null,
      },
      {
        name: 'scout.sbomIndexing',
        state: 'notApplicable',
        value: false,
        locked: false,
        at: { path: PATH, line: 3, column: 10 },
        note: 'Bulkhead analyses no images',
      },
    ]);
  });

  it('each have a state in the file with every documented key, and are all there', () => {
    const keys = keysOf(every);
    const top = new Set(keys.map(({ name }) => name.split('.')[0]));
    const inFile = Object.keys(JSON.parse(every) as object).filter((name) => name !== 'configurationFileVersion');
    expect([...top]).toEqual(inFile);
    expect(keys.filter(({ state }) => state === 'unknown')).toEqual([]);
    expect(keys.every(({ locked }) => locked !== null)).toBe(true);
  });

  it('name the known one that is nearest to an unknown one', () => {
    expect(keysOf('{"linuxVM":{"vpnkitCDIR":{"locked":true,"value":"x"}},"nonsense":1}')).toEqual([
      {
        name: 'linuxVM.vpnkitCDIR',
        state: 'unknown',
        value: null,
        locked: null,
        at: { path: PATH, line: 1, column: 13 },
        note: 'Ignored; did you mean "vpnkitCIDR"?',
      },
      expect.objectContaining({ name: 'nonsense', state: 'unknown', note: 'Ignored' }),
    ]);
  });

  it('stay few and short whatever the file holds', () => {
    const many = Array.from({ length: 5000 }, (_, index) => [`${'x'.repeat(100)}${index}`, 1]);
    const text = JSON.stringify({
      ...Object.fromEntries(many),
      extensionsPrivateMarketplaceAdminContactURL: { value: 'y'.repeat(100_000) },
    });
    const keys = keysOf(text);
    expect(keys).toHaveLength(101);
    expect(keys.at(-1)).toMatchObject({ value: null, note: 'The value is too long to show; see the file' });
    expect(JSON.stringify(keys).length).toBeLessThan(50_000);
  });
});

describe('standingOf', () => {
  it('says of every key that nothing follows from why that is so', () => {
    for (const name of policyNames) {
      const { state, note } = standingOf(name);
      expect([name, state === 'enforced' || (note !== null && note !== '')]).toEqual([name, true]);
      expect([name, state === 'notApplicable']).toEqual([name, KEY_NOTES.has(name)]);
    }
  });

  it.each([
    ['enhancedContainerIsolation', 'enforced'],
    ['theme', 'enforced'],
    ['analyticsEnabled', 'enforced'],
    ['enhancedContainerIsolation.dockerSocketMount.imageList.images', 'enforced'],
    ['proxy.mode', 'enforced'],
    ['filesharingAllowedDirectories', 'enforced'],
    ['proxy.pac', 'notApplicable'],
    ['kubernetes.enabled', 'notApplicable'],
  ])('%s is %s', (name, state) => {
    expect(standingOf(name).state).toBe(state);
  });
});
