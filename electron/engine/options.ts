import { join } from 'node:path';
import { socketPath } from './files.ts';
import type { HostLimits } from './limits.ts';
import type { TransientPhase } from './runner.ts';
import type { VmFiles } from './vm.ts';

/** All that the engine must be told; it reads no environment. Directories are absolute and made when they are not there. */
export interface EngineOptions {
  /** Path of qemu-system-x86_64. */
  readonly qemu: string;
  /** The directory of the VM image to boot; null when none was built. Asked at each start. */
  readonly findImage: () => string | null;
  /** Sockets, keys and what is forgotten at a reboot; becomes private to the user. */
  readonly runtimeDirectory: string;
  /** The data disk: what must never be lost. */
  readonly dataDirectory: string;
  readonly logDirectory: string;
  /** Docker's configuration directory, usually ~/.docker; null to leave it alone. */
  readonly dockerConfigDirectory: string | null;
  readonly platform?: NodeJS.Platform;
  /** The port of the host's loopback for `exposeDockerApi`; Docker's own, 2375, unless a test needs a free one. */
  readonly dockerApiPort?: number;
  /** What the VM may have at most; this computer's own processors and memory unless a test pretends. */
  readonly host?: HostLimits;
  readonly now?: () => string;
  /** Milliseconds that a phase may take; the engine's own deadlines unless a test is less patient. */
  readonly deadlineOf?: (phase: TransientPhase) => number;
}

export const enginePaths = ({ runtimeDirectory, logDirectory, dataDirectory }: EngineOptions) => ({
  log: join(logDirectory, 'engine.log'),
  console: join(logDirectory, 'console.log'),
  lock: join(dataDirectory, 'data.lock'),
  accelerator: join(runtimeDirectory, 'accelerator.json'),
  dockerSocket: join(runtimeDirectory, 'docker.sock'),
});

/** The files of a VM; throws in words when the directory's name is too long for sockets. */
export const vmFiles = (options: EngineOptions): VmFiles => ({
  record: join(options.runtimeDirectory, 'vm.json'),
  pid: join(options.runtimeDirectory, 'qemu.pid'),
  config: join(options.runtimeDirectory, 'vm-config.json'),
  monitor: socketPath(options.runtimeDirectory, 'monitor.sock'),
  events: socketPath(options.runtimeDirectory, 'events.sock'),
  console: enginePaths(options).console,
});
