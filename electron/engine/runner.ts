import type { EngineFailure, StepProgress } from '../../shared/contract/engine.ts';
import type { Failure } from '../../shared/contract/result.ts';
import { STEP_DEADLINES } from './deadlines.ts';
import { deferred } from './deferred.ts';
import { CANCELLED, toFailure } from './failure.ts';
import { isTransient, next, STOPPED, type Event, type Phase } from './lifecycle.ts';
import { advance, withDetail } from './progress.ts';
import { lateReason, stepWords } from './step-words.ts';

export type TransientPhase = Extract<Phase, { kind: 'preparing' | 'starting' | 'stopping' }>;

/** How a step's work ended. */
export type Outcome =
  | { readonly kind: 'done' }
  /** There is no QEMU (any more). */
  | { readonly kind: 'exited' }
  /** `keep`: a VM that was to be replaced may go on running. */
  | { readonly kind: 'failure'; readonly failure: Failure; readonly keep: boolean };

export interface RunnerOptions {
  /** Does the work of a step; the signal aborts when the phase is left, by cancelling, a deadline or QEMU's end. */
  readonly perform: (phase: TransientPhase, signal: AbortSignal, report: (detail: string) => void) => Promise<Outcome>;
  readonly onTransition: (event: Event, before: Phase, after: Phase) => void;
  /** After a transition, and when a step has something new to say. */
  readonly onChange: () => void;
  readonly now: () => string;
  readonly logPath: string;
  /** Milliseconds that a phase may take. */
  readonly deadlineOf: (phase: TransientPhase) => number;
}

export interface Runner {
  readonly phase: () => Phase;
  /** When the present kind of phase was entered. */
  readonly since: () => string;
  readonly steps: () => readonly StepProgress[];
  /** False when the table refuses the event; nothing has changed then. */
  readonly dispatch: (event: Event) => boolean;
  /** Resolves at the end of the operation under way: null when it succeeded. */
  readonly settled: () => Promise<Failure | null>;
  readonly reason: (failure: Failure) => EngineFailure;
}

export const deadlineOf = (phase: TransientPhase): number => {
  if (phase.kind !== 'stopping') return STEP_DEADLINES[phase.step];
  if (phase.forced) return STEP_DEADLINES.forcedPowerOff;
  return phase.removing ? STEP_DEADLINES.removeContainers : STEP_DEADLINES[phase.step];
};

/** Leads the transition table through the real world: each transient phase gets its work, its deadline and its end. */
export const createRunner = (options: RunnerOptions): Runner => {
  let phase: Phase = STOPPED;
  let since = options.now();
  let steps: readonly StepProgress[] = [];
  let leave: () => void = () => undefined;
  let rest = deferred<void>();
  rest.resolve();
  /** Why the operation under way does not end where it was meant to, although the engine has not failed. */
  let missed: Failure | null = null;

  const reason = (failure: Failure): EngineFailure => ({
    failure,
    step: isTransient(phase) ? phase.step : null,
    logPath: options.logPath,
  });

  const toEvent = (outcome: Outcome): Event => {
    switch (outcome.kind) {
      case 'done':
        return { kind: 'done' };
      case 'exited':
        return { kind: 'exited', reason: reason(CANCELLED) };
      case 'failure':
        return { kind: 'failure', reason: reason(outcome.failure), keep: outcome.keep };
    }
  };

  const enter = (entered: TransientPhase) => {
    const abort = new AbortController();
    const limit = options.deadlineOf(entered);
    const timer = setTimeout(() => dispatch({ kind: 'deadline', reason: reason(lateReason(entered, limit)) }), limit);
    leave = () => {
      clearTimeout(timer);
      abort.abort(new Error('the step is over'));
    };
    const report = (detail: string) => {
      if (abort.signal.aborted) return;
      steps = withDetail(steps, detail);
      options.onChange();
    };
    const work = async (): Promise<Outcome> => {
      try {
        return await options.perform(entered, abort.signal, report);
      } catch (error) {
        return { kind: 'failure', failure: toFailure(error, stepWords(entered)), keep: false };
      }
    };
    void work().then((outcome) => {
      if (!abort.signal.aborted) dispatch(toEvent(outcome));
    });
  };

  const dispatch = (event: Event): boolean => {
    const after = next(phase, event);
    if (after === null) return false;
    const before = phase;
    const now = options.now();
    leave();
    leave = () => undefined;
    if (!isTransient(before)) {
      missed = null;
      if (isTransient(after)) rest = deferred<void>();
    }
    if (event.kind === 'cancel') missed = CANCELLED;
    if (event.kind === 'failure' && after.kind === 'running') missed = event.reason.failure;
    steps = advance(steps, before, event, after, now);
    if (after.kind !== before.kind) since = now;
    phase = after;
    if (isTransient(after)) enter(after);
    else rest.resolve();
    options.onTransition(event, before, after);
    options.onChange();
    return true;
  };

  return {
    phase: () => phase,
    since: () => since,
    steps: () => steps,
    dispatch,
    settled: async () => {
      await rest.promise;
      return phase.kind === 'failed' ? phase.reason.failure : missed;
    },
    reason,
  };
};
