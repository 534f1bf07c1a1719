import type { DeepCheckProgress } from './deep-check.ts';
import type { Failure } from './result.ts';

/** The steps from nothing to a running, measured engine, in order. */
export const START_STEPS = ['image', 'accelerator', 'boot', 'engine', 'verify'] as const;
/** The steps of stopping: containers get their stop signal, then the VM powers off. */
export const STOP_STEPS = ['containers', 'powerOff'] as const;
export type StartStep = (typeof START_STEPS)[number];
export type StopStep = (typeof STOP_STEPS)[number];
export type EngineStep = StartStep | StopStep;

/** Why the engine is not running although it was asked to. */
export interface EngineFailure {
  readonly failure: Failure;
  readonly step: EngineStep | null;
  readonly logPath: string | null;
}

/** Times are ISO 8601. `since` is when this state was entered. */
export type EngineState =
  | { readonly kind: 'stopped'; readonly since: string }
  | { readonly kind: 'preparing'; readonly since: string; readonly step: 'image' | 'accelerator' }
  | { readonly kind: 'starting'; readonly since: string; readonly step: 'boot' | 'engine' | 'verify' }
  | { readonly kind: 'running'; readonly since: string }
  | { readonly kind: 'stopping'; readonly since: string; readonly step: StopStep; readonly forced: boolean }
  | { readonly kind: 'failed'; readonly since: string; readonly reason: EngineFailure };

export type EngineStateKind = EngineState['kind'];

/** One line of the progress display. */
export interface StepProgress {
  readonly step: EngineStep;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: 'running' | 'done' | 'failed' | 'cancelled';
  /** e.g. "TCG: /dev/kvm opens but a guest did not reach its first line within 5 s". */
  readonly detail: string | null;
}

export interface Accelerator {
  readonly name: 'kvm' | 'hvf' | 'whpx' | 'tcg';
  readonly reason: string;
}

/** What a probe container said, run just before `measuredAt`. Never derived from configuration. */
export interface Verification {
  readonly enforced: boolean;
  /** `/proc/self/uid_map` of the container with single spaces, e.g. "0 100000 65536". */
  readonly uidMap: string;
  /** What `docker inspect --format '{{.HostConfig.Runtime}}'` says of it. */
  readonly runtime: string;
  readonly measuredAt: string;
}

/** Something that is not as the settings ask for, although the engine runs. */
export interface EngineWarning {
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

export interface EngineSnapshot {
  readonly state: EngineState;
  /** Steps of the operation under way, or of the last one. */
  readonly steps: readonly StepProgress[];
  /** True while cancelling still brings back the state before (nothing was stopped yet, or a start can be given up). */
  readonly cancellable: boolean;
  readonly accelerator: Accelerator | null;
  readonly eci: {
    /** What the effective settings ask for. */
    readonly configured: boolean;
    /** What was measured in the running VM; null when nothing has been measured since it booted. */
    readonly enforced: boolean | null;
  };
  readonly verification: Verification | null;
  /** A deep check that is under way. */
  readonly deepCheck: DeepCheckProgress | null;
  /** About the VM that runs; empty when none does. */
  readonly warnings: readonly EngineWarning[];
  /** Path of the host's Docker socket; it answers only while running. */
  readonly dockerSocket: string;
  /** `/proc/sys/kernel/random/boot_id` of the running VM. */
  readonly bootId: string | null;
  readonly logPath: string;
}

/** A container as the list before applying shows it. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly running: boolean;
  /** The runtime it was created with. */
  readonly runtime: string;
}

/** uid_map of a process that is in the initial user namespace (user_namespaces(7)). */
export const INITIAL_UID_MAP = '0 0 4294967295';
/** The runtime names that existing scripts check for (Docker's ECI documentation). */
export const ISOLATED_RUNTIME = 'sysbox-runc';
export const PLAIN_RUNTIME = 'runc';
