import { readFile } from 'node:fs/promises';
import type { VmEvent } from '../../shared/contract/vm.ts';
import { createConnect } from './agent/connection.ts';
import { QMP_DEADLINE, QUIT_DEADLINE } from './deadlines.ts';
import { within } from './deferred.ts';
import { hostBootId, isAlive, kill, startTimeOf, type ProcessIdentity } from './host.ts';
import { watchQemu } from './qemu/process.ts';
import { adoptFileServer } from './sharing/file-server.ts';
import { stopFileServers } from './sharing/sharing.ts';
import { connectQmp, type Qmp } from './qemu/qmp.ts';
import { askShape, removeVmFiles, type Vm, type VmFiles } from './vm.ts';
import { listenVmEvents, type VmEvents } from './vm-events.ts';
import { readVmRecord, writeVmRecord, type VmRecord } from './vm-record.ts';

/** A VM of an earlier run of the app that is still there. */
export interface FoundVm {
  readonly vm: Vm;
  readonly digest: string;
  /** Its monitor answers and it had booted far enough for its agent to be asked. */
  readonly leadable: boolean;
  /** It was told to power off before. */
  readonly stopping: boolean;
}

const tryMonitor = (path: string): Promise<Qmp | null> => connectQmp(path, QMP_DEADLINE).catch(() => null);

const takeOver = async (
  record: VmRecord,
  identity: ProcessIdentity,
  files: VmFiles,
  onEvent: (event: VmEvent) => void,
): Promise<FoundVm> => {
  const monitor = await tryMonitor(files.monitor);
  const events: VmEvents | null =
    monitor === null ? null : await listenVmEvents(files.events, onEvent).catch(() => null);
  const { port, keys } = record;
  const sharing = { servers: record.fileServers.map(adoptFileServer), warnings: record.warnings };
  const connect = port === null ? null : createConnect({ port, keys });
  const vm: Vm = {
    ...watchQemu(identity, monitor?.closed ?? Promise.resolve()),
    config: record.config,
    accelerator: record.accelerator,
    sharing,
    boot: () => Promise.resolve(),
    connect: () => connect,
    events: () => events,
    shape: () => askShape(monitor),
    markStopping: () => writeVmRecord(files.record, { ...record, stopping: true }),
    quit: async () => {
      if (monitor === null) throw new Error("QEMU's monitor does not answer");
      await monitor.execute('quit');
    },
    kill: () => kill(identity),
    clear: async () => {
      monitor?.close();
      events?.close();
      stopFileServers(sharing.servers);
      await removeVmFiles(files);
    },
  };
  return { vm, digest: record.digest, leadable: monitor !== null && connect !== null, stopping: record.stopping };
};

/** Ends a QEMU that is known only by its monitor, and by the process id that it wrote down itself. */
const endUnknown = async (monitor: Qmp, files: VmFiles): Promise<void> => {
  const pid = Number(await readFile(files.pid, 'utf8').catch(() => ''));
  const startTime = pid > 0 ? startTimeOf(pid) : null;
  await monitor.execute('quit').catch(() => undefined);
  const ended = startTime === null ? monitor.closed : watchQemu({ pid, startTime }, monitor.closed).exited;
  await within<unknown>(ended, 2 * QUIT_DEADLINE, "QEMU's end");
};

/**
 * Looks for the VM that the record names. The truth is in the process, by its id and start time, and in its monitor;
 * a record of a process that is gone, or of another boot of the host, is removed. Null when no VM lives.
 */
export const findVm = async (files: VmFiles, onEvent: (event: VmEvent) => void): Promise<FoundVm | null> => {
  const record = await readVmRecord(files.record);
  const identity = record?.process ?? null;
  const isOurs = identity !== null && isAlive(identity) && record?.hostBootId === (await hostBootId());
  if (record !== null && identity !== null && isOurs) {
    return takeOver(record, identity, files, onEvent);
  }
  // The app may have died between spawning QEMU and writing down which process it is.
  const unknown = await tryMonitor(files.monitor);
  if (unknown !== null) await endUnknown(unknown, files);
  if (record !== null && record.hostBootId === (await hostBootId())) {
    for (const server of record.fileServers) kill(server.process);
  }
  await removeVmFiles(files);
  return null;
};
