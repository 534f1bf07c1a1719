import { describe, expect, test } from 'vitest';
import type { EngineState } from '../../shared/contract/engine.ts';
import { failedState, settingsWith, SINCE } from '../testing/snapshots.ts';
import { applyPlan } from './apply-plan.ts';
import { pendingChanges } from './changes.ts';

const RUNNING: EngineState = { kind: 'running', since: SINCE };
const isolation = pendingChanges(settingsWith(), { enhancedContainerIsolation: true });
const both = pendingChanges(settingsWith(), { enhancedContainerIsolation: true, startEngineOnLaunch: false });
const launch = pendingChanges(settingsWith(), { startEngineOnLaunch: false });

describe('applyPlan', () => {
  test('offers nothing where nothing differs', () => {
    expect(applyPlan([], RUNNING, 2)).toEqual({ text: 'No changes', action: 'Apply', restarts: false, enabled: false });
  });

  test.each([
    [null, '1 change · the VM restarts, running containers stop'],
    [0, '1 change · the VM restarts, no container is running'],
    [1, '1 change · the VM restarts, 1 running container stops'],
    [2, '1 change · the VM restarts, 2 running containers stop'],
  ])('says what a restart does to %s running containers', (running, text) => {
    expect(applyPlan(isolation, RUNNING, running)).toEqual({
      text,
      action: 'Apply & restart',
      restarts: true,
      enabled: true,
    });
  });

  test('counts changes', () => {
    expect(applyPlan(both, RUNNING, 0).text).toMatch(/^2 changes · /);
  });

  test('has nothing to restart while the engine is stopped', () => {
    expect(applyPlan(isolation, { kind: 'stopped', since: SINCE }, null)).toMatchObject({
      text: '1 change · in force when the engine next starts',
      action: 'Apply',
      restarts: false,
      enabled: true,
    });
  });

  test('brings up an engine that failed', () => {
    expect(applyPlan(isolation, failedState('boot'), null)).toMatchObject({ action: 'Apply & restart', enabled: true });
  });

  test.each<EngineState>([
    { kind: 'preparing', since: SINCE, step: 'image' },
    { kind: 'starting', since: SINCE, step: 'boot' },
    { kind: 'stopping', since: SINCE, step: 'containers', forced: false },
  ])('waits while the engine is $kind', (state) => {
    expect(applyPlan(isolation, state, null)).toMatchObject({ restarts: true, enabled: false });
    expect(applyPlan(launch, state, null)).toMatchObject({ restarts: false, enabled: true });
  });

  test('restarts nothing for a setting that needs no restart', () => {
    expect(applyPlan(launch, RUNNING, 2)).toEqual({
      text: '1 change · nothing restarts',
      action: 'Apply',
      restarts: false,
      enabled: true,
    });
  });
});
