import type { Accelerator, EngineWarning, Verification } from '../../shared/contract/engine.ts';
import type { Connect } from './agent/connection.ts';
import { createControl, type Control } from './agent/control.ts';
import { createDocker, type Docker } from './docker/api.ts';
import type { Image } from './image.ts';
import type { EngineConfig } from './port.ts';
import type { Vm } from './vm.ts';

/** What the engine knows besides its phase. Each field is null until it is known, and again when it is out of date. */
export interface Session {
  /** What the next start uses: the effective settings, as last told; null until they are told. */
  config: EngineConfig | null;
  image: Image | null;
  accelerator: Accelerator | null;
  running: RunningVm | null;
}

/** A VM whose QEMU lives, with what was learned of it since it booted. */
export interface RunningVm {
  readonly vm: Vm;
  /** Aborts when QEMU is gone and what it left on the host is cleared away. */
  readonly gone: AbortController;
  /** What QEMU printed since it was spawned. */
  readonly said: () => string;
  shutdownAsked: boolean;
  bootId: string | null;
  probeImage: string | null;
  verification: Verification | null;
  warnings: readonly EngineWarning[];
  /** Directories that are not shared as they should be. */
  sharingWarnings: readonly EngineWarning[];
  /** Published ports that are not open on the host. */
  portWarnings: readonly EngineWarning[];
}

export const newSession = (): Session => ({
  config: null,
  image: null,
  accelerator: null,
  running: null,
});

export const runningVm = (vm: Vm, said: () => string): RunningVm => ({
  vm,
  gone: new AbortController(),
  said,
  shutdownAsked: false,
  bootId: null,
  probeImage: null,
  verification: null,
  warnings: [],
  sharingWarnings: vm.sharing.warnings,
  portWarnings: [],
});

export interface Agent {
  readonly connect: Connect;
  readonly control: Control;
  readonly docker: Docker;
}

/** The services inside a VM; throws when it never came so far that they could be reached. */
export const agentOf = ({ vm }: RunningVm): Agent => {
  const connect = vm.connect();
  if (connect === null) throw new Error("the VM's agent was never reached");
  return { connect, control: createControl(connect), docker: createDocker(connect) };
};
