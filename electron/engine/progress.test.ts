import { describe, expect, it } from 'vitest';
import type { EngineFailure, StepProgress } from '../../shared/contract/engine.ts';
import { next, STOPPED, type Event, type Phase } from './lifecycle.ts';
import { advance, toEngineState, withDetail } from './progress.ts';

const reason: EngineFailure = {
  failure: { code: 'ENGINE_FAILED', message: 'm', remedy: 'r' },
  step: null,
  logPath: null,
};

const play = (events: readonly Event[]) => {
  let phase: Phase = STOPPED;
  let steps: readonly StepProgress[] = [];
  let now = 0;
  for (const event of events) {
    const after = next(phase, event) ?? expect.fail(`${phase.kind} refuses ${event.kind}`);
    steps = advance(steps, phase, event, after, `t${(now += 1)}`);
    phase = after;
  }
  return { phase, steps, lines: steps.map(({ step, outcome }) => `${step} ${outcome}`) };
};

const START: readonly Event[] = [{ kind: 'start' }, ...Array.from({ length: 5 }, () => ({ kind: 'done' }) as const)];

describe('the step list', () => {
  it('shows each step of a start with its times', () => {
    const { steps, lines } = play(START);
    expect(lines).toEqual(['image done', 'accelerator done', 'boot done', 'engine done', 'verify done']);
    expect(steps[1]).toEqual({
      step: 'accelerator',
      startedAt: 't2',
      endedAt: 't3',
      outcome: 'done',
      detail: null,
    });
  });

  it('begins anew with each operation and runs through both halves of a restart', () => {
    const restart: readonly Event[] = [
      ...START,
      { kind: 'restart', removing: false },
      { kind: 'done' },
      { kind: 'done' },
      { kind: 'done' },
      { kind: 'exited', reason },
    ];
    expect(play(restart).lines).toEqual([
      'image done',
      'accelerator done',
      'containers done',
      'powerOff done',
      'boot running',
    ]);
  });

  it('keeps one line for a power-off that is forced', () => {
    const { phase, lines } = play([...START, { kind: 'stop' }, { kind: 'done' }, { kind: 'deadline', reason }]);
    expect(lines).toEqual(['containers done', 'powerOff running']);
    expect(toEngineState(phase, 't')).toEqual({ kind: 'stopping', since: 't', step: 'powerOff', forced: true });
  });

  it('tells a failed, a cancelled and a died step apart', () => {
    expect(play([{ kind: 'start' }, { kind: 'failure', reason, keep: false }]).lines).toEqual(['image failed']);
    expect(play([{ kind: 'start' }, { kind: 'cancel' }]).lines).toEqual(['image cancelled']);
    expect(play([{ kind: 'start' }, { kind: 'done' }, { kind: 'done' }, { kind: 'exited', reason }]).lines).toEqual([
      'image done',
      'accelerator done',
      'boot failed',
    ]);
  });

  it('puts a detail on the step under way only', () => {
    const { steps } = play([{ kind: 'start' }, { kind: 'done' }]);
    expect(withDetail(steps, 'TCG').map(({ detail }) => detail)).toEqual([null, 'TCG']);
  });
});
