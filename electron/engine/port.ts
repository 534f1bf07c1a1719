import type { DeepCheck, DeepCheckContext } from '../../shared/contract/deep-check.ts';
import type { ContainerSummary, EngineSnapshot, Verification } from '../../shared/contract/engine.ts';
import type { Result } from '../../shared/contract/result.ts';
import type { VmSettings } from '../../shared/contract/vm.ts';

/** What a VM is started with; derived from the effective settings and the host only. */
export interface EngineConfig {
  readonly vm: VmSettings;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The data disk is made this large, or grown to it; it never shrinks. */
  readonly diskSizeMiB: number;
  /** Answer on 127.0.0.1:2375 of the host, to everybody on it. Never with isolation. */
  readonly exposeDockerApi: boolean;
  readonly portBinding: PortBinding;
}

/**
 * On which addresses of the host published ports are bound (Docker's manual, "Port binding behavior"): as asked and
 * else on all; as asked and else on loopback; on loopback only, whatever was asked.
 */
export type PortBinding = 'default-port-binding' | 'default-local-port-binding' | 'local-only-port-binding';

export interface RestartOptions {
  /** Remove the existing containers before the VM is stopped. */
  readonly removeContainers: boolean;
}

/**
 * The engine as the rest of the app sees it. Operations resolve when they have ended, one way or the other;
 * progress is in the snapshots. A second operation while one is under way is refused with BUSY.
 */
export interface Engine {
  readonly snapshot: () => EngineSnapshot;
  readonly subscribe: (listener: (snapshot: EngineSnapshot) => void) => () => void;
  /**
   * Looks for a VM that outlived an earlier run of the app: adopts it when it runs with `config`, else stops it.
   * Call once, before anything else. `config` null (no valid policy) stops whatever runs.
   */
  readonly recover: (config: EngineConfig | null) => Promise<Result<null>>;
  readonly start: (config: EngineConfig) => Promise<Result<null>>;
  readonly stop: () => Promise<Result<null>>;
  /** A full VM restart: containers stop, the VM powers off, a new one boots with `config` and is measured. */
  readonly restart: (config: EngineConfig, options: RestartOptions) => Promise<Result<null>>;
  /** Gives up the operation under way where that is still possible. */
  readonly cancel: () => Promise<Result<null>>;
  readonly verify: () => Promise<Result<Verification>>;
  /** Measures, carries out the attacks that are safe on an engine in use, and saves a report. Code as `verify`. */
  readonly deepVerify: (context: DeepCheckContext) => Promise<Result<DeepCheck>>;
  readonly listContainers: () => Promise<Result<readonly ContainerSummary[]>>;
  readonly readLog: () => Promise<Result<{ readonly path: string; readonly text: string }>>;
}
