import type { EngineState, EngineStep, StepProgress } from '../../shared/contract/engine.ts';
import type { Event, Phase } from './lifecycle.ts';

const stepOf = (phase: Phase): EngineStep | null => {
  switch (phase.kind) {
    case 'preparing':
    case 'starting':
    case 'stopping':
      return phase.step;
    case 'stopped':
    case 'running':
    case 'failed':
      return null;
  }
};

const outcomeOf = (event: Event, before: Phase): 'done' | 'failed' | 'cancelled' => {
  switch (event.kind) {
    case 'cancel':
      return 'cancelled';
    case 'failure':
    case 'deadline':
      return 'failed';
    case 'exited':
      return before.kind === 'stopping' ? 'done' : 'failed';
    case 'start':
    case 'adopt':
    case 'reap':
    case 'stop':
    case 'restart':
    case 'done':
    case 'distrusted':
      return 'done';
  }
};

const isRest = (phase: Phase) => stepOf(phase) === null;

/**
 * The step list after a transition. An operation that begins from rest starts a new list; a step that is only forced
 * keeps its line and its clock.
 */
export const advance = (
  steps: readonly StepProgress[],
  before: Phase,
  event: Event,
  after: Phase,
  now: string,
): readonly StepProgress[] => {
  const from = stepOf(before);
  const to = stepOf(after);
  if (from === to) return steps;
  const earlier = isRest(before) && to !== null ? [] : steps;
  const ended = earlier.map((line) =>
    line.outcome === 'running' ? { ...line, endedAt: now, outcome: outcomeOf(event, before) } : line,
  );
  if (to === null) return ended;
  return [...ended, { step: to, startedAt: now, endedAt: null, outcome: 'running', detail: null }];
};

/** Puts words beside the step under way. */
export const withDetail = (steps: readonly StepProgress[], detail: string): readonly StepProgress[] =>
  steps.map((line) => (line.outcome === 'running' ? { ...line, detail } : line));

/** What the rest of the app sees of a phase. */
export const toEngineState = (phase: Phase, since: string): EngineState => {
  switch (phase.kind) {
    case 'stopped':
    case 'running':
      return { kind: phase.kind, since };
    case 'preparing':
      return { kind: 'preparing', since, step: phase.step };
    case 'starting':
      return { kind: 'starting', since, step: phase.step };
    case 'stopping':
      return { kind: 'stopping', since, step: phase.step, forced: phase.forced };
    case 'failed':
      return { kind: 'failed', since, reason: phase.reason };
  }
};
