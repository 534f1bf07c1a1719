import os from 'node:os';
import { engineError } from './failure.ts';
import type { EngineConfig } from './port.ts';

export interface HostLimits {
  readonly cpus: number;
  readonly memoryMiB: number;
}

export const hostLimits = (): HostLimits => ({
  cpus: os.cpus().length,
  memoryMiB: Math.ceil(os.totalmem() / 1_048_576),
});

/** Throws in words when the VM is to have more than the host has: QEMU would start and the host would suffer. */
export const checkLimits = (config: EngineConfig, host: HostLimits): void => {
  if (config.cpus > host.cpus) {
    throw engineError(
      `The VM is to have ${config.cpus} CPUs, but this computer has ${host.cpus}.`,
      'Lower the CPU limit in Settings > Resources, or ask your administrator where it is locked.',
    );
  }
  if (config.memoryMiB > host.memoryMiB) {
    throw engineError(
      `The VM is to have ${config.memoryMiB} MiB of memory, but this computer has ${host.memoryMiB} MiB.`,
      'Lower the memory limit in Settings > Resources, or ask your administrator where it is locked.',
    );
  }
};
