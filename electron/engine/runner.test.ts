import { describe, expect, it } from 'vitest';
import { STEP_DEADLINES } from './deadlines.ts';
import { engineError } from './failure.ts';
import { createRunner, deadlineOf, type Outcome, type RunnerOptions } from './runner.ts';

type Perform = RunnerOptions['perform'];

const done: Outcome = { kind: 'done' };

const runnerWith = (perform: Perform, limit = 60_000) => {
  const log: string[] = [];
  const runner = createRunner({
    perform,
    now: () => 'now',
    logPath: '/log',
    deadlineOf: () => limit,
    onTransition: (event, before, after) => log.push(`${before.kind} ${event.kind} ${after.kind}`),
    onChange: () => undefined,
  });
  return { runner, log };
};

/** Work that ends only when its phase is left, and then tells. */
const untilAborted = (signal: AbortSignal, tell: () => void = () => undefined) =>
  new Promise<Outcome>((resolve) => {
    signal.addEventListener('abort', () => {
      tell();
      resolve({ kind: 'failure', failure: engineError('late', '').failure, keep: false });
    });
  });

describe('the runner', () => {
  it('does the work of each step in turn', async () => {
    const steps: string[] = [];
    const { runner } = runnerWith((phase) => {
      steps.push(phase.step);
      return Promise.resolve(done);
    });
    expect(runner.dispatch({ kind: 'start' })).toBe(true);
    expect(await runner.settled()).toBeNull();
    expect(runner.phase()).toEqual({ kind: 'running' });
    expect(steps).toEqual(['image', 'accelerator', 'boot', 'engine', 'verify']);
  });

  it("takes a step's exception for its failure, with the step and the log named", async () => {
    const { runner } = runnerWith((phase) => {
      if (phase.step === 'accelerator') throw engineError('No QEMU.', 'Install it.');
      return Promise.resolve(done);
    });
    runner.dispatch({ kind: 'start' });
    expect(await runner.settled()).toMatchObject({ message: 'No QEMU.' });
    expect(runner.phase()).toMatchObject({
      kind: 'failed',
      reason: { step: 'accelerator', logPath: '/log', failure: { remedy: 'Install it.' } },
    });
  });

  it('puts an unforeseen exception into words', async () => {
    const { runner } = runnerWith(() => Promise.reject(new Error('EIO: i/o error')));
    runner.dispatch({ kind: 'start' });
    expect(await runner.settled()).toMatchObject({
      message: 'Bulkhead could not check the VM image: EIO: i/o error.',
    });
  });

  it('ends a step at its deadline, tells its work, and ignores what that still says', async () => {
    let told = 0;
    const { runner, log } = runnerWith((_, signal) => untilAborted(signal, () => (told += 1)), 20);
    runner.dispatch({ kind: 'start' });
    expect(await runner.settled()).toMatchObject({ message: 'Checking the VM image took longer than 0.02 s.' });
    expect(told).toBe(1);
    expect(log).toEqual(['stopped start preparing', 'preparing deadline failed']);
  });

  it('cancels a start', async () => {
    const { runner } = runnerWith((_, signal) => untilAborted(signal));
    runner.dispatch({ kind: 'start' });
    runner.dispatch({ kind: 'cancel' });
    expect(await runner.settled()).toMatchObject({ code: 'CANCELLED' });
    expect(runner.phase()).toEqual({ kind: 'stopped' });
    expect(runner.steps()).toMatchObject([{ step: 'image', outcome: 'cancelled' }]);
  });

  it('cancels a boot by stopping the VM', async () => {
    const { runner } = runnerWith((phase, signal) => {
      if (phase.kind === 'stopping') return Promise.resolve({ kind: 'exited' });
      return phase.step === 'boot' ? untilAborted(signal) : Promise.resolve(done);
    });
    const booting = new Promise<void>((resolve) => {
      const poll = () => (runner.phase().kind === 'starting' ? resolve() : setImmediate(poll));
      poll();
    });
    runner.dispatch({ kind: 'start' });
    await booting;
    runner.dispatch({ kind: 'cancel' });
    expect(await runner.settled()).toMatchObject({ code: 'CANCELLED' });
    expect(runner.steps().map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'image done',
      'accelerator done',
      'boot cancelled',
      'powerOff done',
    ]);
  });

  it('refuses what the table refuses, and changes nothing', () => {
    const { runner, log } = runnerWith((_, signal) => untilAborted(signal));
    expect(runner.dispatch({ kind: 'stop' })).toBe(false);
    runner.dispatch({ kind: 'start' });
    expect(runner.dispatch({ kind: 'start' })).toBe(false);
    expect(log).toEqual(['stopped start preparing']);
  });

  it('tells a restart that failed early from one that succeeded', async () => {
    let broken = false;
    const { runner } = runnerWith((phase) =>
      Promise.resolve(
        broken && phase.step === 'image'
          ? { kind: 'failure', failure: engineError('Damaged.', '').failure, keep: true }
          : done,
      ),
    );
    runner.dispatch({ kind: 'start' });
    await runner.settled();
    broken = true;
    runner.dispatch({ kind: 'restart', removing: false });
    expect(await runner.settled()).toMatchObject({ message: 'Damaged.' });
    expect(runner.phase()).toEqual({ kind: 'running' });
  });
});

it('gives every phase a deadline', () => {
  const target = { kind: 'stopped' } as const;
  const stopping = { kind: 'stopping', step: 'containers', forced: false, removing: false, target } as const;
  expect(deadlineOf({ kind: 'starting', step: 'engine' })).toBe(STEP_DEADLINES.engine);
  expect(deadlineOf(stopping)).toBe(STEP_DEADLINES.containers);
  expect(deadlineOf({ ...stopping, removing: true })).toBe(STEP_DEADLINES.removeContainers);
  expect(deadlineOf({ ...stopping, step: 'powerOff', forced: true })).toBe(STEP_DEADLINES.forcedPowerOff);
});
