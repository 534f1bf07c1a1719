import type { AppSnapshot, ApplyOptions, UpdateStatus } from '../../shared/contract/app.ts';
import type { DeepCheck } from '../../shared/contract/deep-check.ts';
import type { ContainerSummary, Verification } from '../../shared/contract/engine.ts';
import type { Result } from '../../shared/contract/result.ts';
import type { ApplyOutcome, SettingExplanation, SettingsChange } from '../../shared/contract/settings.ts';

/** What never changes while the app runs. */
export type AppIdentity = Pick<AppSnapshot, 'version' | 'platform' | 'standInElectron' | 'host'>;

/**
 * Everything that a person or a script can ask of Bulkhead. The window's bridge and the control socket both end here,
 * so no way in can do what another may not. Operations on the engine resolve when they have ended; one that comes
 * while another is under way is refused with BUSY. Nothing here throws.
 */
export interface Application {
  readonly snapshot: () => AppSnapshot;
  /** Calls back after every change of what `snapshot` returns; the result stops that. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Takes over or clears away a VM of an earlier run, then starts the engine where the settings ask for it. Once. */
  readonly launch: () => Promise<void>;
  /** Saves through the one door, then restarts a running or failed engine if a change needs it. */
  readonly applySettings: (patch: unknown, options: ApplyOptions) => Promise<Result<ApplyOutcome>>;
  /** Saves through the one door and leaves the engine alone. */
  readonly changeSettings: (patch: unknown) => Result<SettingsChange>;
  /** Takes the user's own values of these settings away, through the one door, and leaves the engine alone. */
  readonly resetSettings: (keys: unknown) => Result<SettingsChange>;
  /** Why a setting or a key of the policy has the value that it has. */
  readonly explainSetting: (name: string) => Result<SettingExplanation>;
  /** Brings saved settings into force: restarts the engine if it failed or runs with others. */
  readonly applyPending: (options: ApplyOptions) => Promise<Result<ApplyOutcome>>;
  /** Joins a start that is under way. */
  readonly startEngine: () => Promise<Result<null>>;
  /** Stops the engine; a start that can be given up is given up. */
  readonly stopEngine: () => Promise<Result<null>>;
  /** Restarts the engine with the effective settings, or starts it. It does not read the policy again. */
  readonly restartEngine: () => Promise<Result<null>>;
  readonly cancelOperation: () => Promise<Result<null>>;
  readonly verify: () => Promise<Result<Verification>>;
  /** Tries what containers may not do, and saves a report. One at a time: who comes later gets the same one. */
  readonly deepVerify: () => Promise<Result<DeepCheck>>;
  readonly listContainers: () => Promise<Result<readonly ContainerSummary[]>>;
  readonly readLog: () => Promise<Result<{ readonly path: string; readonly text: string }>>;
  readonly dismissNotice: (id: string) => Result<null>;
  /** Begins to quit; the app starts again once the engine has stopped and its process is gone. */
  readonly quitAndRelaunch: () => Result<null>;
  readonly checkForUpdates: () => Promise<Result<UpdateStatus>>;
  /** Opens the page of the newer version in the user's browser. */
  readonly openRelease: () => Promise<Result<null>>;
  /** The user has read the introduction. A policy that shows it anyway has it shown again at the next launch. */
  readonly dismissIntroduction: () => Result<null>;
  /** Stops the engine for good: from here on every operation is refused. */
  readonly shutDown: () => Promise<Result<null>>;
}

/** Whether there is a newer Bulkhead. */
export interface Updates {
  readonly status: () => UpdateStatus;
  /** Asks now. Codes: UPDATES_OFF, UPDATE_FAILED. */
  readonly check: () => Promise<Result<UpdateStatus>>;
  readonly subscribe: (listener: () => void) => () => void;
}

/** What the application asks of the desktop around it. */
export interface Surroundings {
  /** Begins to quit and has the app started again when it has ended. */
  readonly relaunch: () => void;
  /** Opens an https page in the user's browser. */
  readonly openPage: (url: string) => Promise<void>;
}
