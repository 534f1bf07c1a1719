import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Failure } from '../../shared/contract/result.ts';
import type { VmEvent, VmSettings } from '../../shared/contract/vm.ts';
import { openDataDisk, sizeWarnings } from './data-disk.ts';
import { CANCEL_GRACE_SECONDS, QUIT_DEADLINE, STOP_GRACE_SECONDS } from './deadlines.ts';
import { orAborted, within } from './deferred.ts';
import { probe } from './docker/probe.ts';
import { EngineError, engineError, textOf, toFailure } from './failure.ts';
import { createImageCheck } from './image.ts';
import { checkLimits, hostLimits } from './limits.ts';
import { enginePaths, type EngineOptions } from './options.ts';
import { chooseAccelerator } from './qemu/accelerator.ts';
import { canEmulateInThreads, qemuVersion } from './qemu/version.ts';
import { removeContainers } from './remove-containers.ts';
import type { Resources } from './resources.ts';
import type { Outcome, TransientPhase } from './runner.ts';
import { agentOf, runningVm, type RunningVm, type Session } from './session.ts';
import { digestOf } from './vm-record.ts';
import { sharingLogPath, startSharing, stopFileServers } from './sharing/sharing.ts';
import { launchVm, type Vm } from './vm.ts';

export interface StepContext {
  readonly options: EngineOptions;
  readonly session: Session;
  /** Opens what the engine needs on the host, or gives what is open already. */
  readonly resources: () => Promise<Resources>;
  /** Takes a VM that was spawned or found into the session and watches over it. */
  readonly adopt: (running: RunningVm) => void;
  readonly now: () => string;
}

type Work = (signal: AbortSignal, report: (detail: string) => void) => Promise<Outcome>;

const DONE: Outcome = { kind: 'done' };
const EXITED: Outcome = { kind: 'exited' };

export const isSandboxed = ({ platform = process.platform }: EngineOptions): boolean => platform === 'linux';

const BOOT_WORDS: Readonly<Record<Exclude<VmEvent['event'], 'failed'>, string>> = {
  userland: 'The kernel is up.',
  dataMounted: 'The data disk is mounted.',
  agentReady: 'The agent answers.',
  engineReady: 'Docker Engine answers.',
  engineStopped: 'The containers have ended.',
};

/** What Bulkhead does in each step. Everything that it learns goes into the session. */
export const createSteps = (context: StepContext) => {
  const { options, session, now } = context;
  const check = createImageCheck();
  const paths = enginePaths(options);

  const image: Work = async (signal) => {
    await context.resources();
    if (session.config !== null) checkLimits(session.config, options.host ?? hostLimits());
    const directory = options.findImage();
    if (directory === null) throw engineError('No VM image has been built.', 'Build it: npm run setup.');
    session.image = await check(directory, signal);
    return DONE;
  };

  const accelerator: Work = async (signal, report) => {
    const { image: checked } = session;
    if (checked === null) throw new Error('no VM image was checked');
    session.accelerator = await chooseAccelerator(
      {
        qemu: options.qemu,
        imageId: checked.manifest.id,
        kernel: checked.paths.kernel,
        initramfs: checked.paths.initramfs,
        cache: paths.accelerator,
        platform: options.platform ?? process.platform,
        sandbox: isSandboxed(options),
      },
      signal,
    );
    report(session.accelerator.reason);
    return DONE;
  };

  const launch = async (signal: AbortSignal, report: (detail: string) => void): Promise<Vm> => {
    const { image: checked, accelerator: chosen, config } = session;
    if (checked === null || chosen === null || config === null) throw new Error('the VM was not prepared');
    const { log, files } = await context.resources();
    const shape = { cpus: config.cpus, memoryMiB: config.memoryMiB, sandbox: isSandboxed(options) };
    const version = await qemuVersion(options.qemu, signal);
    const threads = canEmulateInThreads(version);
    const said = log.mark();
    const sharing = await startSharing(
      {
        directories: config.vm.sharedDirectories,
        programs: checked.directory,
        runtimeDirectory: options.runtimeDirectory,
        logPath: sharingLogPath(options.logDirectory),
        platform: options.platform ?? process.platform,
        log: log.write,
      },
      signal,
    );
    const vm = await launchVm(
      {
        qemu: options.qemu,
        shape: { ...shape, threads },
        accelerator: chosen,
        image: checked,
        disk: await openDataDisk(options.dataDirectory, config.diskSizeMiB),
        config,
        sharing,
        digest: digestOf(config, checked.manifest.id),
        files,
        logFile: log.file,
        onEvent: (event) => {
          log.write(`the VM said: ${JSON.stringify(event)}`);
          if (event.event !== 'failed') report(BOOT_WORDS[event.event]);
        },
      },
      signal,
    ).catch((error: unknown) => {
      stopFileServers(sharing.servers);
      throw error;
    });
    const isolation = `isolation ${config.vm.isolation ? 'on' : 'off'}`;
    log.write(`QEMU runs as process ${vm.identity.pid}; ${chosen.reason}; ${isolation}`);
    const how = chosen.name === 'tcg' && !threads ? ', in one thread, since this version is not safe in several' : '';
    log.write(`${version.text}${how}`);
    context.adopt(runningVm(vm, said));
    return vm;
  };

  const boot: Work = async (signal, report) => {
    // A VM that was given up a moment ago may still be on its way out.
    if (session.running !== null) {
      session.running.vm.kill();
      await untilGone(session.running, signal);
    }
    const vm = await launch(signal, report);
    if (signal.aborted) vm.kill();
    try {
      await vm.boot(signal);
    } catch (error) {
      // An accelerator that passed its probe and then fails is probed again at the next start.
      if (vm.accelerator.name !== 'tcg') await rm(paths.accelerator, { force: true });
      throw error;
    }
    return DONE;
  };

  const current = (): RunningVm => {
    if (session.running === null) throw new Error('there is no VM');
    return session.running;
  };

  const engine: Work = async (signal) => {
    const running = current();
    const { control, docker } = agentOf(running);
    const status = await control.engine(signal);
    if (status.engine !== 'ready') {
      throw engineError(
        `Docker Engine did not start in the VM: ${status.message ?? 'no reason was given'}.`,
        'Try again. The console log beside the engine log says more.',
      );
    }
    await refuseOtherVm(running.vm, status.settings);
    await docker.ping(signal);
    running.bootId = status.bootId;
    running.probeImage = status.probeImage;
    const { diskSizeMiB } = running.vm.config;
    running.warnings = [...status.warnings, ...(await sizeWarnings(options.dataDirectory, diskSizeMiB))];
    const { log } = await context.resources();
    for (const { message } of running.warnings) log.write(message);
    return DONE;
  };

  const verify: Work = async (signal, report) => {
    const running = current();
    const { docker } = agentOf(running);
    if (running.probeImage === null) throw new Error('the VM has no probe image');
    const verification = await probe(docker, running.probeImage, now, signal);
    running.verification = verification;
    report(`uid_map ${verification.uidMap}`);
    const failure = violation(running);
    return failure === null ? DONE : { kind: 'failure', failure, keep: false };
  };

  const containers =
    (removing: boolean): Work =>
    async (signal, report) => {
      const running = current();
      const { control, docker } = agentOf(running);
      const { log } = await context.resources();
      if (removing) {
        const { removed, problems } = await removeContainers(docker, signal);
        for (const problem of problems) log.write(`a container was not removed: ${problem}`);
        const left = problems.length === 0 ? '' : `, ${problems.length} could not be: ${problems[0]}`;
        report(`${removed} removed${left}`);
      }
      running.shutdownAsked = true;
      await running.vm.markStopping();
      await control.shutdown(STOP_GRACE_SECONDS, signal);
      const events = running.vm.events();
      // Without the guest's word the power-off is waited for in this step.
      if (events === null) await orAborted(running.vm.exited, signal);
      else await events.reached('engineStopped', signal);
      return DONE;
    };

  const powerOff: Work = async (signal) => {
    const { running } = session;
    if (running === null) return EXITED;
    if (!running.shutdownAsked) {
      running.shutdownAsked = true;
      await agentOf(running).control.shutdown(CANCEL_GRACE_SECONDS, signal);
    }
    await orAborted(running.vm.exited, signal);
    return DONE;
  };

  const forcePowerOff: Work = async (signal) => {
    const { running } = session;
    if (running === null) return EXITED;
    const { vm } = running;
    const { log } = await context.resources();
    log.write('the VM is powered off by force');
    try {
      await vm.quit();
      await within(orAborted(vm.exited, signal), QUIT_DEADLINE, "QEMU's end");
    } catch (error) {
      log.write(`QEMU is killed: ${textOf(error)}`);
      vm.kill();
    }
    await orAborted(vm.exited, signal);
    return DONE;
  };

  const workOf = (phase: TransientPhase): Work => {
    switch (phase.kind) {
      case 'preparing':
        return phase.step === 'image' ? image : accelerator;
      case 'starting':
        return { boot, engine, verify }[phase.step];
      case 'stopping':
        if (phase.step === 'containers') return containers(phase.removing);
        return phase.forced ? forcePowerOff : powerOff;
    }
  };

  return async (
    phase: TransientPhase,
    signal: AbortSignal,
    report: (detail: string) => void,
    doing: string,
  ): Promise<Outcome> => {
    try {
      return await workOf(phase)(signal, report);
    } catch (error) {
      const { running } = session;
      if (phase.kind === 'starting' && running !== null && !(error instanceof EngineError)) {
        // When QEMU ends, its connections break first; its end explains more than they do.
        await untilGone(running, AbortSignal.any([signal, AbortSignal.timeout(1000)])).catch(() => undefined);
      }
      const failure = toFailure(error, doing);
      const code = phase.step === 'verify' ? 'VERIFY_FAILED' : failure.code;
      return { kind: 'failure', failure: { ...failure, code }, keep: mayKeep(session) };
    }
  };
};

/**
 * A VM counts as what it says itself, whether it was started just now or found: the record of it is a file that
 * somebody may have edited, and an image can be older than the app.
 */
const refuseOtherVm = async (vm: Vm, settings: VmSettings): Promise<void> => {
  const { config } = vm;
  const names = Object.keys(config.vm).filter(
    (name) => !isDeepStrictEqual(Reflect.get(settings, name), Reflect.get(config.vm, name)),
  );
  const shape = await vm.shape();
  if (shape.cpus !== config.cpus) names.push('cpus');
  if (shape.memoryMiB !== config.memoryMiB) names.push('memoryMiB');
  if (names.length === 0 && isDeepStrictEqual(settings, config.vm)) return;
  throw engineError(
    `The VM runs with other settings than it should (${names.join(', ')}), so it is not used.`,
    'Start the engine again. If it happens again, build the VM image again (npm run setup).',
  );
};

const untilGone = async ({ gone }: RunningVm, signal: AbortSignal): Promise<void> => {
  if (!gone.signal.aborted) await orAborted(once(gone.signal, 'abort'), signal);
};

/** Whether the VM that runs is at least as strict as what was asked for: only then may it stay when a restart fails. */
const mayKeep = ({ config, running }: Session): boolean =>
  running !== null && (running.vm.config.vm.isolation || config?.vm.isolation === false);

/** Why a measured VM must not run; null when it does what it was configured for. */
export const violation = ({ vm, verification }: RunningVm): Failure | null => {
  if (!vm.config.vm.isolation || verification === null || verification.enforced) return null;
  return {
    code: 'VERIFY_FAILED',
    message: `Enhanced Container Isolation is on, but a probe container was not isolated: its uid_map was "${verification.uidMap}".`,
    remedy:
      'The VM was stopped. Build the VM image again (npm run setup) and start the engine; if that fails, report it.',
  };
};
