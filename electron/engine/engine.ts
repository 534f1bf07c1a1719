import { isDeepStrictEqual } from 'node:util';
import type { DeepCheck, DeepCheckProgress } from '../../shared/contract/deep-check.ts';
import type { EngineSnapshot, Verification } from '../../shared/contract/engine.ts';
import { err, ok, type Failure, type Result } from '../../shared/contract/result.ts';
import { DOCKER_DEADLINE, QUIT_DEADLINE } from './deadlines.ts';
import { makeReport } from './deep-verification/report.ts';
import { probe } from './docker/probe.ts';
import { BUSY, NOT_RUNNING, textOf, toFailure } from './failure.ts';
import { createHostDoors } from './host-doors.ts';
import { readManifest } from './image.ts';
import { isCancellable, isTransient, type Event, type Phase } from './lifecycle.ts';
import { enginePaths, type EngineOptions } from './options.ts';
import type { Engine, EngineConfig } from './port.ts';
import { toEngineState } from './progress.ts';
import { openResources, type Resources } from './resources.ts';
import { createRunner, deadlineOf } from './runner.ts';
import { agentOf, newSession, runningVm, type RunningVm } from './session.ts';
import { serverEnded } from './sharing/sharing.ts';
import { stepWords } from './step-words.ts';
import { createSteps, violation } from './steps.ts';
import { findVm, type FoundVm } from './vm-recovery.ts';
import { digestOf } from './vm-record.ts';

/** As much of the log as a window shows. */
const LOG_TAIL = 65_536;

export interface OpenEngine extends Engine {
  /** Lets go of the host: the Docker socket closes and the lock is released. A VM that runs goes on running. */
  readonly close: () => Promise<void>;
}

/** The engine of this app. Nothing happens before `recover` or `start` is called. */
export const createEngine = (options: EngineOptions): OpenEngine => {
  const now = options.now ?? (() => new Date().toISOString());
  const paths = enginePaths(options);
  const session = newSession();
  const listeners = new Set<(snapshot: EngineSnapshot) => void>();
  let opening: Promise<Resources> | null = null;
  let opened: Resources | null = null;
  let deepCheck: DeepCheckProgress | null = null;
  let snapshot: EngineSnapshot;

  /** Once; again only after it failed, since the reason may have gone. */
  const resources = (): Promise<Resources> => {
    opening ??= openResources(options).then(
      (open) => (opened = open),
      (error: unknown) => {
        opening = null;
        throw error;
      },
    );
    return opening;
  };

  const log = (text: string) => opened?.log.write(text);

  const onExit = async (running: RunningVm, how: string) => {
    if (opened === null) return;
    const said = running.said();
    await running.vm.clear().catch((error: unknown) => log(`the VM's files could not be removed: ${textOf(error)}`));
    log(`QEMU ended: ${how}`);
    if (session.running === running) session.running = null;
    running.gone.abort(new Error('the VM is gone'));
    const words = said === '' ? (running.vm.events()?.failure() ?? how) : `QEMU said: ${said}`;
    runner.dispatch({
      kind: 'exited',
      reason: runner.reason({
        code: 'ENGINE_FAILED',
        message: `The VM ended unexpectedly: ${words}.`,
        remedy:
          'Start the engine again; the data disk survives this. The engine log and the console log beside it say more.',
      }),
    });
    publish();
  };

  /** A file server ends with QEMU, a moment before or after; only one that ends alone is worth a word. */
  const onFileServerExit = async (running: RunningVm, place: string, how: string) => {
    const ended = AbortSignal.any([running.gone.signal, AbortSignal.timeout(QUIT_DEADLINE)]);
    await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
    if (running.gone.signal.aborted || running.shutdownAsked) return;
    const warning = serverEnded(place, how);
    log(warning.message);
    running.sharingWarnings = [...running.sharingWarnings, warning];
    publish();
  };

  const adopt = (running: RunningVm) => {
    session.running = running;
    for (const { path, exited } of running.vm.sharing.servers) {
      void exited.then((how) => onFileServerExit(running, path, how));
    }
    void running.vm.exited.then((how) => onExit(running, how));
  };

  const perform = createSteps({ options, session, resources, adopt, now });

  const doors = createHostDoors({
    dockerApiPort: options.dockerApiPort,
    isCurrent: (running) => session.running === running,
    onWarnings: () => publish(),
    log,
  });

  const guardHost = (before: Phase, after: Phase) => {
    if (opened === null || after.kind === before.kind) return;
    const { running } = session;
    if (after.kind === 'running' && running !== null) return doors.open(opened.dockerSocket, running);
    // While a restart is prepared, what runs goes on running.
    if (before.kind === 'running' && after.kind === 'preparing') return;
    doors.shut(opened.dockerSocket, WORDS[after.kind]);
  };

  const onTransition = (event: Event, before: Phase, after: Phase) => {
    const step = isTransient(after) ? `, step ${after.step}` : '';
    log(`${before.kind} -> ${after.kind}${step} (${event.kind})`);
    if (after.kind === 'failed') log(`failed: ${after.reason.failure.message}`);
    guardHost(before, after);
  };

  const runner = createRunner({
    perform: (phase, signal, report) => perform(phase, signal, report, stepWords(phase)),
    onTransition,
    onChange: () => publish(),
    now,
    logPath: paths.log,
    deadlineOf: options.deadlineOf ?? deadlineOf,
  });

  const compose = (): EngineSnapshot => {
    const phase = runner.phase();
    const { config, running } = session;
    const verification = running?.verification ?? null;
    return {
      state: toEngineState(phase, runner.since()),
      steps: runner.steps(),
      cancellable: isCancellable(phase),
      accelerator: running?.vm.accelerator ?? session.accelerator,
      eci: { configured: config?.vm.isolation ?? false, enforced: verification?.enforced ?? null },
      verification,
      deepCheck,
      dockerSocket: paths.dockerSocket,
      bootId: running?.bootId ?? null,
      logPath: paths.log,
      warnings: [...(running?.warnings ?? []), ...(running?.sharingWarnings ?? []), ...(running?.portWarnings ?? [])],
    };
  };

  const publish = () => {
    snapshot = compose();
    for (const listener of listeners) listener(snapshot);
  };
  snapshot = compose();

  /** Begins an operation and waits for its end. */
  const operate = async (event: Event): Promise<Result<null>> => {
    if (!runner.dispatch(event)) return err(BUSY);
    const failure = await runner.settled();
    return failure === null ? ok(null) : err(failure);
  };

  /** The same with a configuration that counts only when the operation does begin. */
  const operateWith = (config: EngineConfig, event: Event): Promise<Result<null>> => {
    if (isTransient(runner.phase())) return Promise.resolve(err(BUSY));
    session.config = config;
    return operate(event);
  };

  const start: Engine['start'] = async (config) => {
    if (runner.phase().kind !== 'running') return operateWith(config, { kind: 'start' });
    if (isDeepStrictEqual(session.running?.vm.config, config)) return ok(null);
    return err({ ...BUSY, message: 'The engine runs with another configuration.', remedy: 'Restart the engine.' });
  };

  /** Whether a found VM is what a start with `config` would give. */
  const isWanted = async (found: FoundVm, config: EngineConfig | null): Promise<boolean> => {
    const directory = options.findImage();
    if (config === null || directory === null || !found.leadable || found.stopping) return false;
    // The digest is only what the record says. This is what the VM itself will be held to: by its agent, and by measuring.
    if (!isDeepStrictEqual(found.vm.config, config)) return false;
    const { id } = await readManifest(directory);
    return found.digest === digestOf(config, id);
  };

  const recover: Engine['recover'] = async (config) => {
    session.config = config ?? session.config;
    try {
      const { files, log: engineLog } = await resources();
      const found = await findVm(files, (event) => log(`the VM said: ${JSON.stringify(event)}`));
      publish();
      if (found === null) return ok(null);
      session.accelerator = found.vm.accelerator;
      adopt(runningVm(found.vm, engineLog.mark()));
      const wanted = await isWanted(found, config).catch(() => false);
      log(`found QEMU, process ${found.vm.identity.pid}, of an earlier run: ${wanted ? 'adopting' : 'stopping'} it`);
      return await operate(wanted ? { kind: 'adopt' } : { kind: 'reap', polite: found.leadable });
    } catch (error) {
      return err(toFailure(error, 'look for a VM of an earlier run'));
    }
  };

  const cancel: Engine['cancel'] = async () => {
    if (!isTransient(runner.phase())) return ok(null);
    if (!runner.dispatch({ kind: 'cancel' })) return err(TOO_LATE);
    const failure = await runner.settled();
    return failure === null || failure.code === 'CANCELLED' ? ok(null) : err(failure);
  };

  /** The VM while it runs and can be asked, with a signal for its end and a deadline. */
  const ask = async <T>(
    doing: string,
    question: (running: RunningVm, signal: AbortSignal) => Promise<T>,
  ): Promise<Result<T>> => {
    const { running } = session;
    if (runner.phase().kind !== 'running' || running === null) return err(NOT_RUNNING);
    try {
      return ok(await question(running, running.gone.signal));
    } catch (error) {
      return err(toFailure(error, doing));
    }
  };

  const measure = async (running: RunningVm, signal: AbortSignal): Promise<Verification> => {
    if (running.probeImage === null) throw new Error('the VM has no probe image');
    const verification = await probe(agentOf(running).docker, running.probeImage, now, signal);
    running.verification = verification;
    const failure = violation(running);
    if (failure !== null) runner.dispatch({ kind: 'distrusted', reason: runner.reason(failure) });
    publish();
    return verification;
  };

  let measuring: Promise<Result<Verification>> | null = null;

  /** One measurement at a time: each clears away what an earlier one left behind. */
  const verify: Engine['verify'] = async () => {
    measuring ??= ask('measure the isolation', measure).finally(() => (measuring = null));
    return asVerification(await measuring);
  };

  const showDeepCheck = (progress: DeepCheckProgress | null) => {
    deepCheck = progress;
    publish();
  };

  let checking: Promise<Result<DeepCheck>> | null = null;

  const deepVerify: Engine['deepVerify'] = async (context) => {
    checking ??= ask('check the isolation', (running, signal) =>
      makeReport({
        running,
        context,
        directory: options.logDirectory,
        measure: () => measure(running, signal),
        now,
        onProgress: showDeepCheck,
        log,
        signal,
      }),
    ).finally(() => {
      checking = null;
      showDeepCheck(null);
    });
    return asVerification(await checking);
  };

  return {
    snapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recover,
    start,
    stop: () => (runner.phase().kind === 'stopped' ? Promise.resolve(ok(null)) : operate({ kind: 'stop' })),
    restart: (config, { removeContainers }) =>
      operateWith(
        config,
        runner.phase().kind === 'running' ? { kind: 'restart', removing: removeContainers } : { kind: 'start' },
      ),
    cancel,
    verify,
    deepVerify,
    listContainers: () =>
      ask('list the containers', (running, signal) =>
        agentOf(running).docker.list(AbortSignal.any([signal, AbortSignal.timeout(DOCKER_DEADLINE)])),
      ),
    readLog: async () => {
      try {
        const { log: engineLog } = await resources();
        return ok({ path: paths.log, text: engineLog.tail(LOG_TAIL) });
      } catch (error) {
        return err(toFailure(error, 'read the engine log'));
      }
    },
    close: async () => {
      const open = opened;
      opened = null;
      opening = null;
      await doors.close();
      await open?.close();
    },
  };
};

/** A measurement that failed is no failure of the engine. */
const asVerification = <T>(result: Result<T>): Result<T> =>
  result.ok || result.error.code !== 'ENGINE_FAILED' ? result : err({ ...result.error, code: 'VERIFY_FAILED' });

/** What Docker clients are told while there is nobody behind the socket. */
const WORDS: Readonly<Record<Phase['kind'], string>> = {
  stopped: 'The Bulkhead engine is stopped. Start it in Bulkhead or with: bulkhead start',
  preparing: 'The Bulkhead engine is starting. Try again in a moment.',
  starting: 'The Bulkhead engine is starting. Try again in a moment.',
  running: 'The Bulkhead engine is running.',
  stopping: 'The Bulkhead engine is stopping.',
  failed: 'The Bulkhead engine has failed. Bulkhead, or bulkhead status, says why.',
};

const TOO_LATE: Failure = {
  code: 'BUSY',
  message: 'It is too late to cancel: the containers were told to stop.',
  remedy: 'Wait until the operation has ended.',
};
