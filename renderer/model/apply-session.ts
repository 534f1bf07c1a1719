import type { ContainerSummary, EngineSnapshot, EngineStep, Verification } from '../../shared/contract/engine.ts';
import type { Failure, Result } from '../../shared/contract/result.ts';
import type { Change } from './changes.ts';
import { currentMeasurement, isBusy } from './engine-summary.ts';

/** A request that was handed to the main process, and what the engine was when it was. */
export interface Submission {
  readonly stateSince: string;
  readonly bootId: string | null;
  readonly planned: readonly EngineStep[];
  /** null until the main process has answered. */
  readonly result: Result<{ readonly restarting: boolean }> | null;
}

/** One journey through the apply dialog, from the review of the containers to the confirmation. */
export interface ApplySession {
  readonly changes: readonly Change[];
  readonly removeContainers: boolean;
  readonly submission: Submission | null;
}

/** What the apply dialog shows. It is derived from the session and the engine's snapshot; nothing of it is stored. */
export type ApplyView =
  | { readonly kind: 'review' }
  | { readonly kind: 'working'; readonly moved: boolean }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly step: EngineStep | null; readonly failure: Failure }
  | { readonly kind: 'done'; readonly verification: Verification | null };

/** Whether the engine has left the state in which the request found it, so that its steps belong to the request. */
function hasMoved(submission: Submission, engine: EngineSnapshot): boolean {
  return engine.state.since !== submission.stateSince || engine.bootId !== submission.bootId;
}

function answeredView(
  result: Result<{ readonly restarting: boolean }>,
  moved: boolean,
  engine: EngineSnapshot,
): ApplyView {
  const { state, steps } = engine;
  if (!result.ok && result.error.code === 'CANCELLED') return { kind: 'cancelled' };
  if (state.kind === 'failed' && moved) {
    return { kind: 'failed', step: state.reason.step, failure: state.reason.failure };
  }
  if (!result.ok) {
    // A step before the point of no return can fail and leave the VM running as it was.
    const failed = moved ? steps.findLast(({ outcome }) => outcome === 'failed') : undefined;
    return failed === undefined
      ? { kind: 'refused', failure: result.error }
      : { kind: 'failed', step: failed.step, failure: result.error };
  }
  if (!result.value.restarting) return { kind: 'done', verification: null };
  if (!moved || isBusy(state)) return { kind: 'working', moved };
  return state.kind === 'running' && !steps.some(({ outcome }) => outcome === 'cancelled')
    ? { kind: 'done', verification: currentMeasurement(engine) }
    : { kind: 'cancelled' };
}

/**
 * Where a session stands. The main process may answer before the restart has ended or after it, and its answer and its
 * snapshots come apart; so an end is shown only when the answer and the engine both say so.
 */
export function applyView(session: ApplySession, engine: EngineSnapshot): ApplyView {
  const { submission } = session;
  if (submission === null) return { kind: 'review' };
  const moved = hasMoved(submission, engine);
  return submission.result === null ? { kind: 'working', moved } : answeredView(submission.result, moved, engine);
}

/** The containers that the review lists: running ones first, then by name. */
export function reviewOrder(containers: readonly ContainerSummary[]): readonly ContainerSummary[] {
  return containers.toSorted((a, b) => Number(b.running) - Number(a.running) || a.name.localeCompare(b.name, 'en'));
}
