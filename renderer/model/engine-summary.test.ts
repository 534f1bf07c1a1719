import { describe, expect, test } from 'vitest';
import { engineSnapshot, failedState, runningEngine, SINCE } from '../testing/snapshots.ts';
import { currentMeasurement, engineHeadline, isMismatched } from './engine-summary.ts';

describe('engineHeadline', () => {
  test('says the state and the step in words', () => {
    expect(engineHeadline({ kind: 'running', since: SINCE })).toEqual({
      tone: 'running',
      title: 'Engine running',
      step: null,
    });
    expect(engineHeadline({ kind: 'starting', since: SINCE, step: 'engine' })).toEqual({
      tone: 'busy',
      title: 'Engine starting',
      step: 'Start Docker Engine',
    });
    expect(engineHeadline({ kind: 'stopping', since: SINCE, step: 'powerOff', forced: true }).title).toBe(
      'Engine stopping by force',
    );
    expect(engineHeadline(failedState('boot'))).toEqual({
      tone: 'failed',
      title: 'Engine failed',
      step: 'Boot the VM',
    });
    expect(engineHeadline(failedState(null)).step).toBeNull();
  });
});

describe('currentMeasurement', () => {
  test('is what was measured in the VM that runs', () => {
    expect(currentMeasurement(runningEngine(true))?.uidMap).toBe('0 100000 65536');
  });

  test('is nothing when the VM was not measured, even where an older measurement is at hand', () => {
    expect(currentMeasurement(runningEngine(true, { eci: { configured: true, enforced: null } }))).toBeNull();
  });

  test('is nothing when no VM runs, even where an older measurement is at hand', () => {
    const { verification, eci } = runningEngine(true);
    expect(currentMeasurement(engineSnapshot({ verification, eci }))).toBeNull();
  });
});

test('asked and measured are compared only where something was measured', () => {
  expect(isMismatched(runningEngine(true))).toBe(false);
  expect(isMismatched(runningEngine(false, { eci: { configured: true, enforced: false } }))).toBe(true);
  expect(isMismatched(engineSnapshot({ eci: { configured: true, enforced: null } }))).toBe(false);
});
