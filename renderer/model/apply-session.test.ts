import { describe, expect, test } from 'vitest';
import type { ContainerSummary, EngineSnapshot } from '../../shared/contract/engine.ts';
import { err, ok, type Failure } from '../../shared/contract/result.ts';
import { engineSnapshot, failedState, progress, runningEngine, SINCE } from '../testing/snapshots.ts';
import { applyView, reviewOrder, type ApplySession, type Submission } from './apply-session.ts';

const LATER = '2026-11-22T14:00:41.000Z';
const before = runningEngine(false);
const after = runningEngine(true, { state: { kind: 'running', since: LATER }, bootId: 'boot-2' });
const booting = engineSnapshot({ state: { kind: 'starting', since: LATER, step: 'boot' } });
const failure = (code: Failure['code']): Failure => ({ code, message: 'So it was.', remedy: 'Do this.' });

function submitted(result: Submission['result']): ApplySession {
  const submission = { stateSince: SINCE, bootId: 'boot-1', planned: [], result };
  return { changes: [], removeContainers: false, submission };
}

const kindOf = (result: Submission['result'], engine: EngineSnapshot): string =>
  applyView(submitted(result), engine).kind;

describe('applyView', () => {
  test('reviews until something was submitted', () => {
    expect(applyView({ changes: [], removeContainers: false, submission: null }, before)).toEqual({ kind: 'review' });
  });

  test('works until the main process has answered, whatever the engine says', () => {
    expect(applyView(submitted(null), before)).toEqual({ kind: 'working', moved: false });
    expect(applyView(submitted(null), booting)).toEqual({ kind: 'working', moved: true });
    expect(kindOf(null, after)).toBe('working');
  });

  test('works until the engine has ended, whatever the main process says', () => {
    expect(kindOf(ok({ restarting: true }), before)).toBe('working');
    expect(kindOf(ok({ restarting: true }), booting)).toBe('working');
  });

  test('is done with what was measured after the restart, never before it', () => {
    expect(applyView(submitted(ok({ restarting: true })), after)).toEqual({
      kind: 'done',
      verification: after.verification,
    });
    const unmeasured = { ...after, eci: { configured: true, enforced: null } };
    expect(applyView(submitted(ok({ restarting: true })), unmeasured)).toEqual({ kind: 'done', verification: null });
  });

  test('is done at once where nothing restarts', () => {
    expect(kindOf(ok({ restarting: false }), before)).toBe('done');
  });

  test('names the step that failed', () => {
    const engine = engineSnapshot({ state: failedState('boot', LATER) });
    expect(applyView(submitted(err(failure('ENGINE_FAILED'))), engine)).toMatchObject({ kind: 'failed', step: 'boot' });
  });

  test('names the step that failed while the old VM runs on', () => {
    const engine = {
      ...before,
      state: { kind: 'running', since: LATER } as const,
      steps: [progress('image', 'failed', 2)],
    };
    const refusal = failure('ENGINE_FAILED');
    expect(applyView(submitted(err(refusal)), engine)).toEqual({ kind: 'failed', step: 'image', failure: refusal });
  });

  test('does not take an earlier failure for its own', () => {
    const engine = engineSnapshot({
      state: failedState('boot'),
      bootId: 'boot-1',
      steps: [progress('boot', 'failed', 2)],
    });
    expect(kindOf(err(failure('LOCKED')), engine)).toBe('refused');
  });

  test('is refused with the reason that was given', () => {
    expect(applyView(submitted(err(failure('BUSY'))), before)).toEqual({ kind: 'refused', failure: failure('BUSY') });
  });

  test('is cancelled, before the old VM was touched or after', () => {
    expect(kindOf(err(failure('CANCELLED')), before)).toBe('cancelled');
    expect(kindOf(err(failure('CANCELLED')), engineSnapshot())).toBe('cancelled');
  });

  test('is not done when the restart was given up from elsewhere', () => {
    expect(kindOf(ok({ restarting: true }), engineSnapshot())).toBe('cancelled');
    expect(kindOf(ok({ restarting: true }), { ...after, steps: [progress('image', 'cancelled', 1)] })).toBe(
      'cancelled',
    );
  });
});

test('running containers come first in the review, then names', () => {
  const container = (name: string, running: boolean): ContainerSummary => ({
    id: name,
    name,
    image: 'debian',
    running,
    runtime: 'runc',
  });
  const listed = [container('b', false), container('c', true), container('a', false), container('d', true)];
  expect(reviewOrder(listed).map(({ name }) => name)).toEqual(['c', 'd', 'a', 'b']);
});
