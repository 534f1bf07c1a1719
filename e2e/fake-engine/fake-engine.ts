import {
  INITIAL_UID_MAP,
  ISOLATED_RUNTIME,
  PLAIN_RUNTIME,
  START_STEPS,
  STOP_STEPS,
  type ContainerSummary,
  type EngineSnapshot,
  type EngineState,
  type EngineStep,
  type StepProgress,
  type Verification,
} from '../../shared/contract/engine.ts';
import type { DeepCheck, DeepCheckContext } from '../../shared/contract/deep-check.ts';
import { err, ok, type Failure, type Result } from '../../shared/contract/result.ts';
import type { EngineConfig } from '../../electron/engine/port.ts';
import type { ClosableEngine } from '../../electron/shell/desktop.ts';

/** What a test can do to the engine that only pretends; reached through `globalThis.fakeEngine` in the main process. */
export interface FakeEngineControl {
  /** Every operation asked for, in order, e.g. `restart {"isolation":true} removeContainers=false`. */
  readonly calls: () => readonly string[];
  /** All that the last start or restart was given; null before the first. */
  readonly config: () => EngineConfig | null;
  /** The next operation waits when it comes to this step, until `resume`. */
  readonly pauseAt: (step: EngineStep) => void;
  readonly resume: () => void;
  /** The next operation fails at this step. */
  readonly failAt: (step: EngineStep, failure: Failure) => void;
  readonly setContainers: (containers: readonly ContainerSummary[]) => void;
  readonly setLog: (text: string) => void;
  /** Shows these parts of the snapshot instead of what the pretended engine would say. */
  readonly show: (parts: Partial<EngineSnapshot>) => void;
}

interface Rehearsal {
  readonly step: EngineStep;
  readonly failure: Failure;
}

/** A report of two attempts, as many as a window needs to show one of each kind. */
const pretendedReport = (context: DeepCheckContext, verification: Verification): DeepCheck => ({
  ...context,
  verdict: verification.enforced ? 'failed' : 'isolationOff',
  startedAt: now(),
  endedAt: now(),
  engine: { version: '0.0.0', kernel: '0.0.0' },
  image: `sha256:${'0'.repeat(64)}`,
  accelerator: null,
  bootId: null,
  verification,
  results: verification.enforced ? PRETENDED_RESULTS : [],
  savedAs: '/nowhere/deep-check.json',
});

const PRETENDED_RESULTS: DeepCheck['results'] = [
  {
    id: '1',
    title: '--pid=host, to see and reach the VM’s processes',
    door: 'docker run',
    expected: 'refused',
    pattern: 'can',
    observation: "refused: can't share namespaces [pid] with the host",
    verdict: 'withstood',
  },
  {
    id: '37',
    title: 'reading the VM’s disk',
    door: 'docker run --privileged',
    expected: 'refused',
    pattern: 'No such file',
    observation: 'read the disk',
    verdict: 'harmed',
  },
];

const CANCELLED: Failure = { code: 'CANCELLED', message: 'The operation was cancelled.', remedy: 'Try again.' };
const LOG_PATH = '/nowhere/engine.log';

/** An engine without a VM: it goes through every step at once, or as slowly and as badly as a test asks. */
export function createFakeEngine(): { readonly engine: ClosableEngine; readonly control: FakeEngineControl } {
  const listeners = new Set<(snapshot: EngineSnapshot) => void>();
  const calls: string[] = [];
  let containers: readonly ContainerSummary[] = [];
  let log = 'The pretended engine has nothing to say.\n';
  let pause: EngineStep | null = null;
  let waiting: (() => void) | null = null;
  let rehearsal: Rehearsal | null = null;
  let isCancelled = false;
  let boots = 0;
  let lastConfig: EngineConfig | null = null;
  let snapshot: EngineSnapshot = {
    state: { kind: 'stopped', since: now() },
    steps: [],
    cancellable: false,
    accelerator: null,
    eci: { configured: false, enforced: null },
    verification: null,
    deepCheck: null,
    warnings: [],
    dockerSocket: '/nowhere/docker.sock',
    bootId: null,
    logPath: LOG_PATH,
  };

  const show = (parts: Partial<EngineSnapshot>): void => {
    snapshot = { ...snapshot, ...parts };
    for (const listener of listeners) listener(snapshot);
  };

  /** An engine that has not come to the step where it was to wait does not wait there any more. */
  const resume = (): void => {
    if (waiting === null) pause = null;
    waiting?.();
    waiting = null;
  };

  /** Goes through one step. The answer is why it did not succeed. */
  const take = async (step: EngineStep, state: EngineState, cancellable: boolean): Promise<Failure | null> => {
    const startedAt = now();
    const done = snapshot.steps;
    const under = (outcome: StepProgress['outcome']): readonly StepProgress[] => [
      ...done,
      { step, startedAt, endedAt: outcome === 'running' ? null : now(), outcome, detail: null },
    ];
    show({ state, cancellable, steps: under('running') });
    if (pause === step) {
      pause = null;
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
    }
    await new Promise(setImmediate);
    if (isCancelled && cancellable) {
      show({ steps: under('cancelled'), cancellable: false });
      return CANCELLED;
    }
    if (rehearsal?.step === step) {
      const { failure } = rehearsal;
      rehearsal = null;
      const reason = { failure, step, logPath: LOG_PATH };
      show({ steps: under('failed'), cancellable: false, state: { kind: 'failed', since: now(), reason } });
      return failure;
    }
    show({ steps: under('done') });
    return null;
  };

  const takeDown = async (): Promise<Failure | null> => {
    for (const step of STOP_STEPS) {
      const failure = await take(step, { kind: 'stopping', since: now(), step, forced: false }, false);
      if (failure !== null) return failure;
    }
    show({ verification: null, bootId: null, eci: { configured: snapshot.eci.configured, enforced: null } });
    return null;
  };

  const bringUp = async (
    config: EngineConfig,
    steps: readonly (typeof START_STEPS)[number][],
  ): Promise<Failure | null> => {
    lastConfig = config;
    for (const step of steps) {
      const failure = await take(step, stateAt(step), true);
      if (failure === null) continue;
      if (failure === CANCELLED) show({ state: { kind: 'stopped', since: now() } });
      return failure;
    }
    boots += 1;
    show({
      state: { kind: 'running', since: now() },
      cancellable: false,
      accelerator: { name: 'tcg', reason: '/dev/kvm does not exist.' },
      eci: { configured: config.vm.isolation, enforced: config.vm.isolation },
      verification: measure(config),
      bootId: `00000000-0000-4000-8000-${String(boots).padStart(12, '0')}`,
    });
    return null;
  };

  const operation = async (call: string, work: () => Promise<Failure | null>): Promise<Result<null>> => {
    calls.push(call);
    isCancelled = false;
    show({ steps: [] });
    const failure = await work();
    return failure === null ? ok(null) : err(failure);
  };

  const stop = async (): Promise<Failure | null> => {
    const failure = await takeDown();
    if (failure === null) show({ state: { kind: 'stopped', since: now() } });
    return failure;
  };

  const engine: ClosableEngine = {
    snapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recover: async (config) => {
      calls.push(`recover ${brief(config)}`);
      return ok(null);
    },
    start: (config) => operation(`start ${brief(config)}`, () => bringUp(config, START_STEPS)),
    stop: () => operation('stop', stop),
    restart: (config, { removeContainers }) =>
      operation(`restart ${brief(config)} removeContainers=${removeContainers}`, async () => {
        const before = snapshot.state;
        for (const step of ['image', 'accelerator'] as const) {
          const failure = await take(step, { kind: 'preparing', since: now(), step }, true);
          if (failure === null) continue;
          // Nothing was stopped yet, so the VM of before goes on.
          show({ state: before });
          return failure;
        }
        const failure = await takeDown();
        if (failure !== null) return failure;
        if (removeContainers) containers = [];
        return bringUp(config, ['boot', 'engine', 'verify']);
      }),
    cancel: async () => {
      calls.push('cancel');
      isCancelled = true;
      resume();
      return ok(null);
    },
    verify: async () =>
      snapshot.state.kind === 'running' && snapshot.verification !== null
        ? ok({ ...snapshot.verification, measuredAt: now() })
        : err({ code: 'NOT_RUNNING', message: 'The engine is not running.', remedy: 'Start it.' }),
    deepVerify: async (context) =>
      snapshot.verification === null
        ? err({ code: 'NOT_RUNNING', message: 'The engine is not running.', remedy: 'Start it.' })
        : ok(pretendedReport(context, snapshot.verification)),
    listContainers: async () => ok(containers),
    readLog: async () => ok({ path: LOG_PATH, text: log }),
    close: async () => undefined,
  };

  const control: FakeEngineControl = {
    calls: () => calls,
    config: () => lastConfig,
    pauseAt: (step) => {
      pause = step;
    },
    resume,
    failAt: (step, failure) => {
      rehearsal = { step, failure };
    },
    setContainers: (list) => {
      containers = list;
    },
    setLog: (text) => {
      log = text;
    },
    show,
  };
  return { engine, control };
}

const now = (): string => new Date().toISOString();

function stateAt(step: (typeof START_STEPS)[number]): EngineState {
  return step === 'image' || step === 'accelerator'
    ? { kind: 'preparing', since: now(), step }
    : { kind: 'starting', since: now(), step };
}

/** What the tests of the window look for; `config` has the rest. */
const brief = (config: EngineConfig | null): string =>
  config === null ? 'null' : JSON.stringify({ isolation: config.vm.isolation });

const measure = ({ vm: { isolation } }: EngineConfig): Verification => ({
  enforced: isolation,
  uidMap: isolation ? '0 100000 65536' : INITIAL_UID_MAP,
  runtime: isolation ? ISOLATED_RUNTIME : PLAIN_RUNTIME,
  measuredAt: now(),
});
