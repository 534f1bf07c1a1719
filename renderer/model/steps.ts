import {
  START_STEPS,
  STOP_STEPS,
  type EngineState,
  type EngineStep,
  type StepProgress,
} from '../../shared/contract/engine.ts';
import { formatElapsed, formatRunning, millisecondsSince } from './elapsed.ts';

export const STEP_LABELS: Readonly<Record<EngineStep, string>> = {
  containers: 'Stop containers',
  powerOff: 'Power off the VM',
  image: 'Check the VM image',
  accelerator: 'Choose the accelerator',
  boot: 'Boot the VM',
  engine: 'Start Docker Engine',
  verify: 'Measure a probe container',
};

/** One line of the progress display, with its time already in words. */
export interface StepLine {
  readonly step: EngineStep;
  readonly label: string;
  readonly status: 'waiting' | 'notReached' | StepProgress['outcome'];
  readonly detail: string | null;
  /** null before the step has begun. */
  readonly elapsed: string | null;
}

const ORDER: readonly EngineStep[] = [...STOP_STEPS, ...START_STEPS];

/** The steps that an operation from `state` to a running engine goes through. */
export function stepsToRunning(state: EngineState): readonly EngineStep[] {
  return state.kind === 'running' || state.kind === 'stopping' ? ORDER : START_STEPS;
}

function elapsedOf(progress: StepProgress, now: number): string {
  if (progress.endedAt === null) return formatRunning(millisecondsSince(progress.startedAt, now));
  return formatElapsed(millisecondsSince(progress.startedAt, Date.parse(progress.endedAt)));
}

/**
 * The planned steps and whatever else was done, in the order in which they happen. `now` is in epoch milliseconds; `over`
 * says that nothing more will run, so that steps without progress were not reached.
 */
export function stepLines(
  planned: readonly EngineStep[],
  progress: readonly StepProgress[],
  now: number,
  over: boolean,
): readonly StepLine[] {
  return ORDER.flatMap((step): readonly StepLine[] => {
    const done = progress.findLast((entry) => entry.step === step);
    const label = STEP_LABELS[step];
    if (done !== undefined) {
      return [{ step, label, status: done.outcome, detail: done.detail, elapsed: elapsedOf(done, now) }];
    }
    if (!planned.includes(step)) return [];
    return [{ step, label, status: over ? 'notReached' : 'waiting', detail: null, elapsed: null }];
  });
}

/** From the start of the first step to the end of the last, in words; null where nothing has ended. */
export function totalElapsed(progress: readonly StepProgress[]): string | null {
  const [first] = progress;
  const ends = progress.flatMap(({ endedAt }) => (endedAt === null ? [] : [Date.parse(endedAt)]));
  return first === undefined || ends.length === 0
    ? null
    : formatElapsed(millisecondsSince(first.startedAt, Math.max(...ends)));
}

/** What a screen reader is told as steps come and go: the step under way, without its ticking time. */
export function stepAnnouncement(lines: readonly StepLine[]): string {
  const index = lines.findIndex(({ status }) => status === 'running');
  const line = lines[index];
  return line === undefined ? '' : `Step ${index + 1} of ${lines.length}: ${line.label}`;
}
