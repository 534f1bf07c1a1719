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
  /** Unique among the lines: a step can be taken twice, as when a failed start is followed by a power-off. */
  readonly id: string;
  readonly step: EngineStep;
  readonly label: string;
  readonly status: 'waiting' | 'notReached' | StepProgress['outcome'];
  readonly detail: string | null;
  /** null before the step has begun. */
  readonly elapsed: string | null;
}

/** A restart first makes sure that a VM can be booted, and only then stops the one that runs. */
const RESTART_STEPS: readonly EngineStep[] = ['image', 'accelerator', ...STOP_STEPS, 'boot', 'engine', 'verify'];

/** The steps that an operation from `state` to a running engine goes through. */
export function stepsToRunning(state: EngineState): readonly EngineStep[] {
  return state.kind === 'running' ? RESTART_STEPS : START_STEPS;
}

function elapsedOf(progress: StepProgress, now: number): string {
  if (progress.endedAt === null) return formatRunning(millisecondsSince(progress.startedAt, now));
  return formatElapsed(millisecondsSince(progress.startedAt, Date.parse(progress.endedAt)));
}

/**
 * What was done, in the order in which it was, and after it what is planned still. `now` is in epoch milliseconds; `over`
 * says that nothing more will run, so that the rest of the plan was not reached.
 */
export function stepLines(
  planned: readonly EngineStep[],
  progress: readonly StepProgress[],
  now: number,
  over: boolean,
): readonly StepLine[] {
  const taken = progress.map((entry, index): StepLine => {
    const { step, outcome: status, detail } = entry;
    return { id: `${step}-${index}`, step, label: STEP_LABELS[step], status, detail, elapsed: elapsedOf(entry, now) };
  });
  const left = planned
    .filter((step) => !progress.some((entry) => entry.step === step))
    .map((step): StepLine => {
      const status = over ? 'notReached' : 'waiting';
      return { id: step, step, label: STEP_LABELS[step], status, detail: null, elapsed: null };
    });
  return [...taken, ...left];
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
