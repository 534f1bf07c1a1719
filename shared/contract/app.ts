import type { ContainerSummary, EngineSnapshot, Verification } from './engine.ts';
import type { Result } from './result.ts';
import type { ApplyOutcome, EffectiveSettings, PolicyStatus, SettingsNotice, SettingsPatch } from './settings.ts';

/** The whole truth that the window and the CLI show, owned by the main process. */
export interface AppSnapshot {
  readonly version: string;
  readonly platform: string;
  /** The Electron that runs is a stand-in for tests and must not be released. */
  readonly standInElectron: boolean;
  readonly settings: EffectiveSettings;
  readonly policy: PolicyStatus;
  readonly notices: readonly SettingsNotice[];
  readonly engine: EngineSnapshot;
  /** The VM runs with other values than the effective settings ask for; applying or restarting brings them into force. */
  readonly restartPending: boolean;
  /** The app was asked to quit and ends as soon as the engine has stopped. */
  readonly quitting: boolean;
}

export interface ApplyOptions {
  /** Remove the containers that exist before the VM is stopped. */
  readonly removeContainers: boolean;
}

/** What the renderer can ask for. The preload exposes exactly these functions, each by its name. */
export interface BulkheadApi {
  readonly getSnapshot: () => Promise<Result<AppSnapshot>>;
  /** Calls back with every later snapshot; returns the way to stop it. */
  readonly onSnapshot: (listener: (snapshot: AppSnapshot) => void) => () => void;
  readonly applySettings: (patch: SettingsPatch, options: ApplyOptions) => Promise<Result<ApplyOutcome>>;
  readonly startEngine: () => Promise<Result<null>>;
  readonly stopEngine: () => Promise<Result<null>>;
  readonly restartEngine: () => Promise<Result<null>>;
  readonly cancelOperation: () => Promise<Result<null>>;
  /** Runs a probe container now. */
  readonly verify: () => Promise<Result<Verification>>;
  readonly listContainers: () => Promise<Result<readonly ContainerSummary[]>>;
  /** The end of the engine's log, at most 64 KiB. */
  readonly readLog: () => Promise<Result<{ readonly path: string; readonly text: string }>>;
  readonly dismissNotice: (id: string) => Promise<Result<null>>;
}

export const IPC_METHODS = [
  'getSnapshot',
  'applySettings',
  'startEngine',
  'stopEngine',
  'restartEngine',
  'cancelOperation',
  'verify',
  'listContainers',
  'readLog',
  'dismissNotice',
] as const satisfies readonly (keyof BulkheadApi)[];

export type IpcMethod = (typeof IPC_METHODS)[number];
