import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppSnapshot } from '../../shared/contract/app.ts';
import type { DeepCheck } from '../../shared/contract/deep-check.ts';
import type { ContainerSummary } from '../../shared/contract/engine.ts';
import type { Failure } from '../../shared/contract/result.ts';
import type { SettingKey, SettingsPatch } from '../../shared/contract/settings.ts';
import type { SettingsSection } from '../../shared/settings/catalog.ts';
import type { ApplySession } from '../model/apply-session.ts';
import type { Unread } from '../model/draft-problems.ts';
import type { Tab } from '../settings/rows.ts';

export type Page = 'settings' | 'engine';

/** Everything that the window asks for; two requests with the same name are the same button. */
export type TaskName =
  | 'startEngine'
  | 'stopEngine'
  | 'restartEngine'
  | 'cancelOperation'
  | 'verify'
  | 'deepVerify'
  | 'listContainers'
  | 'readLog'
  | 'apply'
  | 'quitAndRelaunch'
  | 'checkForUpdates'
  | 'openRelease'
  | 'dismissIntroduction'
  | `setting:${SettingKey}`
  | `notice:${string}`;

export interface Task {
  readonly pending: boolean;
  /** Why the last attempt failed; gone when the next one begins. */
  readonly failure: Failure | null;
}

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly snapshot: AppSnapshot }
  | { readonly kind: 'lost'; readonly failure: Failure };

export interface EngineLog {
  readonly path: string;
  readonly text: string;
}

/** A cache of the main process's truth, and what the reader is in the middle of. Nothing here is persisted. */
export interface WindowState {
  readonly connection: Connection;
  readonly page: Page;
  readonly tab: Tab;
  /** The section that is open in a tab that has sections. */
  readonly section: SettingsSection;
  /** What is searched for among the settings. */
  readonly query: string;
  /** The setting that was last asked for by name, as a new object each time; its row comes into view. */
  readonly revealed: { readonly key: SettingKey } | null;
  /** Values chosen but not applied. */
  readonly draft: SettingsPatch;
  readonly unread: Unread;
  /** Values of settings that apply at once, while the main process has not answered. */
  readonly instant: SettingsPatch;
  /** The draft was applied and nothing has been changed since. */
  readonly saved: boolean;
  /** null when they have not been listed, or could not be. */
  readonly containers: readonly ContainerSummary[] | null;
  readonly log: EngineLog | null;
  /** The last deep check that this window asked for. */
  readonly deepCheck: DeepCheck | null;
  readonly session: ApplySession | null;
  /** The apply dialog is open; a restart goes on behind a closed one. */
  readonly sessionShown: boolean;
  readonly tasks: Readonly<Partial<Record<TaskName, Task>>>;
}

export type WindowStore = StoreApi<WindowState>;

export const IDLE: Task = { pending: false, failure: null };

export function createWindowStore(): WindowStore {
  return createStore<WindowState>(() => ({
    connection: { kind: 'connecting' },
    page: 'settings',
    tab: 'general',
    section: 'advanced',
    query: '',
    revealed: null,
    draft: {},
    unread: {},
    instant: {},
    saved: false,
    containers: null,
    log: null,
    deepCheck: null,
    session: null,
    sessionShown: false,
    tasks: {},
  }));
}
