import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Accelerator } from '../../shared/contract/engine.ts';
import type { VmConfig, VmEvent } from '../../shared/contract/vm.ts';
import { createConnect, type Connect } from './agent/connection.ts';
import type { DataDisk } from './data-disk.ts';
import { MONITOR_DEADLINE, QMP_DEADLINE } from './deadlines.ts';
import { pause } from './deferred.ts';
import { removeFile } from './files.ts';
import { hostBootId, kill } from './host.ts';
import type { Image } from './image.ts';
import type { EngineConfig } from './port.ts';
import { forwardedPort, vmArguments, type VmShape } from './qemu/command-line.ts';
import { stopFileServers, type NewSharing, type Sharing } from './sharing/sharing.ts';
import { spawnQemu, type QemuProcess } from './qemu/process.ts';
import { connectQmp, type Qmp } from './qemu/qmp.ts';
import { listenVmEvents, type VmEvents } from './vm-events.ts';
import { writeVmRecord, type VmRecord } from './vm-record.ts';

/** Where the pieces of a VM lie on the host. */
export interface VmFiles {
  readonly record: string;
  /** QEMU's own process id, written by itself. */
  readonly pid: string;
  readonly config: string;
  readonly monitor: string;
  readonly events: string;
  readonly console: string;
}

export interface LaunchOptions {
  readonly qemu: string;
  readonly shape: Omit<VmShape, 'accelerator'>;
  readonly accelerator: Accelerator;
  readonly image: Image;
  readonly disk: DataDisk;
  readonly config: EngineConfig;
  readonly sharing: NewSharing;
  readonly digest: string;
  readonly files: VmFiles;
  /** QEMU's own output goes here. */
  readonly logFile: number;
  readonly onEvent: (event: VmEvent) => void;
}

/** A VM whose QEMU lives, or lived. */
export interface Vm extends QemuProcess {
  readonly config: EngineConfig;
  readonly accelerator: Accelerator;
  readonly sharing: Sharing;
  /** Waits until the guest's agent listens. Rejects with the guest's own reason when it fails. */
  readonly boot: (signal: AbortSignal) => Promise<void>;
  /** The way to the agent; null until the VM has booted, since a guest without network leaves callers waiting. */
  readonly connect: () => Connect | null;
  readonly events: () => VmEvents | null;
  /** What QEMU itself says that the VM has. */
  readonly shape: () => Promise<Pick<VmShape, 'cpus' | 'memoryMiB'>>;
  /** Writes down that the VM is powering off, for a next run of the app that may find it. */
  readonly markStopping: () => Promise<void>;
  /** Tells QEMU to end now, as if the power went: what the guest has flushed is safe. */
  readonly quit: () => Promise<void>;
  readonly kill: () => void;
  /** Removes what the VM left on the host. To be called when it has exited. */
  readonly clear: () => Promise<void>;
}

/** How often the monitor's socket is tried until QEMU has made it. */
const POLL = 20;

const untilMonitor = async (path: string, signal: AbortSignal): Promise<Qmp> => {
  const within = AbortSignal.any([signal, AbortSignal.timeout(MONITOR_DEADLINE)]);
  for (;;) {
    try {
      return await connectQmp(path, QMP_DEADLINE);
    } catch (error) {
      if (within.aborted) throw error;
      await pause(POLL, within);
    }
  }
};

const newKeys = (): VmConfig['keys'] => ({
  control: randomBytes(32).toString('hex'),
  docker: randomBytes(32).toString('hex'),
  ports: randomBytes(32).toString('hex'),
});

/** Removes what a VM that is gone left in the runtime directory; its console's output stays. */
export const removeVmFiles = async (files: VmFiles): Promise<void> => {
  await Promise.all([files.config, files.monitor, files.events, files.pid].map((path) => rm(path, { force: true })));
  await removeFile(files.record);
};

const quit = async (monitor: Qmp | null): Promise<void> => {
  if (monitor === null) throw new Error("QEMU's monitor is not connected");
  await monitor.execute('quit');
};

const CHARDEVS = z.array(z.object({ label: z.string(), filename: z.string() }));

/** Until QEMU has taken the connection to the guest's event port: what is said before is lost. */
const untilEventsHeard = async (monitor: Qmp, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const ports = CHARDEVS.parse(await monitor.execute('query-chardev'));
    if (ports.some(({ label, filename }) => label === 'events' && !filename.startsWith('disconnected:'))) return;
    await pause(POLL, signal);
  }
};

const askPort = async (monitor: Qmp): Promise<number> => {
  const answer = await monitor.execute('human-monitor-command', { 'command-line': 'info usernet' });
  const port = forwardedPort(String(answer));
  if (port === null) throw new Error("QEMU did not say on which port the VM's agent can be reached");
  return port;
};

const CPUS = z.array(z.unknown());
const MEMORY = z.object({ 'base-memory': z.number() });

/** Asks QEMU for processors and memory (QEMU QMP reference, query-cpus-fast and query-memory-size-summary). */
export const askShape = async (monitor: Qmp | null): Promise<Pick<VmShape, 'cpus' | 'memoryMiB'>> => {
  if (monitor === null) throw new Error("QEMU's monitor is not connected");
  const cpus = CPUS.parse(await monitor.execute('query-cpus-fast'));
  const memory = MEMORY.parse(await monitor.execute('query-memory-size-summary'));
  return { cpus: cpus.length, memoryMiB: memory['base-memory'] / 1_048_576 };
};

/**
 * Spawns QEMU, paused. The record is written before, so that a crash of the app at any moment leaves either no QEMU
 * or one that the next run finds. Rejects, with nothing spawned, when the signal has aborted.
 */
export const launchVm = async (options: LaunchOptions, signal: AbortSignal): Promise<Vm> => {
  const { files, image, disk, config, accelerator, sharing } = options;
  const keys = newKeys();
  const shares = sharing.servers.map(({ share }) => share);
  const vmConfig: VmConfig = { version: 2, settings: config.vm, mayFormatDataDisk: disk.mayFormat, shares, keys };
  let record: VmRecord = {
    version: 2,
    hostBootId: await hostBootId(),
    process: null,
    port: null,
    keys,
    config,
    digest: options.digest,
    fileServers: sharing.servers.map(({ share, identity }) => ({ path: share.path, process: identity })),
    warnings: [...sharing.warnings],
    stopping: false,
    accelerator,
  };
  await removeVmFiles(files);
  // QEMU would make the file readable by everybody.
  await rm(files.console, { force: true });
  await writeFile(files.console, '', { mode: 0o600 });
  await writeFile(files.config, JSON.stringify(vmConfig), { mode: 0o600, flag: 'wx' });
  await writeVmRecord(files.record, record);
  const args = vmArguments(
    { ...options.shape, accelerator: accelerator.name },
    {
      ...image.paths,
      dataDisk: disk.path,
      config: files.config,
      pid: files.pid,
      console: files.console,
      eventsSocket: files.events,
      monitorSocket: files.monitor,
      shares: sharing.servers.map(({ share, socket }) => ({ tag: share.tag, socket })),
    },
  );
  signal.throwIfAborted();
  const qemu = await spawnQemu(options.qemu, args, options.logFile);
  let monitor: Qmp | null = null;
  let events: VmEvents | null = null;
  let connect: Connect | null = null;

  const boot = async (aborted: AbortSignal) => {
    record = { ...record, process: qemu.identity };
    await writeVmRecord(files.record, record);
    monitor = await untilMonitor(files.monitor, aborted);
    events = await listenVmEvents(files.events, options.onEvent);
    await untilEventsHeard(monitor, aborted);
    await monitor.execute('cont');
    await events.reached('userland', aborted);
    // QEMU has read the file when it started; by now the guest has it too.
    await rm(files.config, { force: true });
    await events.reached('dataMounted', aborted);
    await disk.markMounted();
    await events.reached('agentReady', aborted);
    const port = await askPort(monitor);
    connect = createConnect({ port, keys });
    record = { ...record, port };
    await writeVmRecord(files.record, record);
  };

  return {
    ...qemu,
    config,
    accelerator,
    sharing,
    boot,
    connect: () => connect,
    events: () => events,
    shape: () => askShape(monitor),
    markStopping: () => {
      record = { ...record, stopping: true };
      return writeVmRecord(files.record, record);
    },
    quit: () => quit(monitor),
    kill: () => kill(qemu.identity),
    clear: async () => {
      monitor?.close();
      events?.close();
      stopFileServers(sharing.servers);
      await removeVmFiles(files);
    },
  };
};
