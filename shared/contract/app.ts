import type { DeepCheck } from './deep-check.ts';
import type { ContainerSummary, EngineSnapshot, Verification } from './engine.ts';
import type { Result } from './result.ts';
import type {
  ApplyOutcome,
  EffectiveSettings,
  PolicyStatus,
  SettingKey,
  SettingsChange,
  SettingsNotice,
  SettingsPatch,
} from './settings.ts';

/** What this computer has, so that nobody is offered more. */
export interface HostResources {
  /** Logical processors. */
  readonly cpus: number;
  /** All of its memory. */
  readonly memoryMiB: number;
  /** The user's home directory. */
  readonly home: string;
}

/** What became of the administrator's file since Bulkhead has read it. It is read again at the next start only. */
export interface PolicyChange {
  readonly path: string;
  readonly kind: 'changed' | 'appeared' | 'gone';
}

/** What is known of newer versions. Times are ISO 8601. */
export type UpdateStatus =
  /** Nothing is asked; `message` says why. */
  | { readonly state: 'off'; readonly message: string }
  /** Not asked yet. */
  | { readonly state: 'unknown' }
  | { readonly state: 'checking' }
  | { readonly state: 'upToDate'; readonly checkedAt: string }
  /** `url` is the page of the release, https. */
  | { readonly state: 'available'; readonly version: string; readonly url: string; readonly checkedAt: string }
  | { readonly state: 'failed'; readonly message: string; readonly checkedAt: string };

/** The whole truth that the window and the CLI show, owned by the main process. */
export interface AppSnapshot {
  readonly version: string;
  readonly platform: string;
  /** The Electron that runs is a stand-in for tests and must not be released. */
  readonly standInElectron: boolean;
  readonly host: HostResources;
  readonly settings: EffectiveSettings;
  readonly policy: PolicyStatus;
  /** Null while the file is as it was read. */
  readonly policyChange: PolicyChange | null;
  readonly notices: readonly SettingsNotice[];
  readonly engine: EngineSnapshot;
  /** The VM runs with other values than the effective settings ask for; applying or restarting brings them into force. */
  readonly restartPending: boolean;
  readonly update: UpdateStatus;
  /** The user has not yet been told what Bulkhead does. */
  readonly showIntroduction: boolean;
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
  /**
   * Takes the user's own values away, so that the administrator's defaults count or the built-in ones; all or none, and
   * LOCKED on every locked setting. Leaves the engine alone.
   */
  readonly resetSettings: (keys: readonly SettingKey[]) => Promise<Result<SettingsChange>>;
  readonly startEngine: () => Promise<Result<null>>;
  readonly stopEngine: () => Promise<Result<null>>;
  readonly restartEngine: () => Promise<Result<null>>;
  readonly cancelOperation: () => Promise<Result<null>>;
  /** Runs a probe container now. */
  readonly verify: () => Promise<Result<Verification>>;
  /** Tries on the running engine what containers may not do, which takes minutes under emulation, and saves a report. */
  readonly deepVerify: () => Promise<Result<DeepCheck>>;
  readonly listContainers: () => Promise<Result<readonly ContainerSummary[]>>;
  /** The end of the engine's log, at most 64 KiB. */
  readonly readLog: () => Promise<Result<{ readonly path: string; readonly text: string }>>;
  readonly dismissNotice: (id: string) => Promise<Result<null>>;
  /** Stops the engine, ends the app and starts it again, which reads the policy anew. Answered before that begins. */
  readonly quitAndRelaunch: () => Promise<Result<null>>;
  /** Asks now for a newer version; refused where updates are switched off. */
  readonly checkForUpdates: () => Promise<Result<UpdateStatus>>;
  /** Opens the page of the release that is available in the user's browser. */
  readonly openRelease: () => Promise<Result<null>>;
  /** Remembers that the user has read the introduction. */
  readonly dismissIntroduction: () => Promise<Result<null>>;
}

export const IPC_METHODS = [
  'getSnapshot',
  'applySettings',
  'resetSettings',
  'startEngine',
  'stopEngine',
  'restartEngine',
  'cancelOperation',
  'verify',
  'deepVerify',
  'listContainers',
  'readLog',
  'dismissNotice',
  'quitAndRelaunch',
  'checkForUpdates',
  'openRelease',
  'dismissIntroduction',
] as const satisfies readonly (keyof BulkheadApi)[];

export type IpcMethod = (typeof IPC_METHODS)[number];
