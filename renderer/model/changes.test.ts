import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SettingsPatch } from '../../shared/contract/settings.ts';
import { lockedIsolation, settingsWith } from '../testing/snapshots.ts';
import { highestCost, patchOf, pendingChanges, withDraft } from './changes.ts';

const drafts: fc.Arbitrary<SettingsPatch> = fc.record(
  {
    enhancedContainerIsolation: fc.boolean(),
    startEngineOnLaunch: fc.boolean(),
    theme: fc.constantFrom('system', 'light', 'dark'),
  },
  { requiredKeys: [] },
);

describe('pendingChanges', () => {
  test('names what differs, from what, to what', () => {
    expect(pendingChanges(settingsWith(), { enhancedContainerIsolation: true, startEngineOnLaunch: true })).toEqual([
      { key: 'enhancedContainerIsolation', from: false, to: true, cost: 'engineRestart' },
    ]);
  });

  test('leaves out a setting that was locked after it was drafted', () => {
    const settings = settingsWith({ enhancedContainerIsolation: lockedIsolation(true) });
    expect(pendingChanges(settings, { enhancedContainerIsolation: false })).toEqual([]);
  });

  test('is its own inverse with patchOf', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const changes = pendingChanges(settingsWith(), draft);
        expect(pendingChanges(settingsWith(), patchOf(changes))).toEqual(changes);
      }),
    );
  });
});

test('a value that is in force leaves the draft', () => {
  const drafted = withDraft(settingsWith(), {}, 'enhancedContainerIsolation', true);
  expect(drafted).toEqual({ enhancedContainerIsolation: true });
  expect(withDraft(settingsWith(), drafted, 'enhancedContainerIsolation', false)).toEqual({});
});

test('a restart outweighs a relaunch, and a relaunch nothing', () => {
  const change = { key: 'theme', from: 'system', to: 'dark' } as const;
  const nothing = { ...change, cost: 'nothing' } as const;
  const relaunch = { ...change, cost: 'relaunch' } as const;
  const restart = { ...change, cost: 'engineRestart' } as const;
  expect(highestCost([])).toBe('nothing');
  expect(highestCost([nothing, relaunch])).toBe('relaunch');
  expect(highestCost([relaunch, restart, nothing])).toBe('engineRestart');
});
