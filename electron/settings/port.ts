import type { Result } from '../../shared/contract/result.ts';
import type {
  EffectiveSettings,
  PolicyStatus,
  SettingExplanation,
  SettingKey,
  SettingsNotice,
} from '../../shared/contract/settings.ts';
import type { EngineConfig } from '../engine/port.ts';

/** The settings of this run: the policy as it was at launch and the user's file. */
export interface Settings {
  readonly effective: () => EffectiveSettings;
  readonly policy: () => PolicyStatus;
  readonly notices: () => readonly SettingsNotice[];
  readonly dismissNotice: (id: string) => void;
  /**
   * The one door. Parses an untrusted patch, checks every key against the locks and saves what differs, all or nothing.
   * Setting a locked key to the value it has is a success that changes nothing. Codes: LOCKED, INVALID, UNKNOWN_KEY,
   * POLICY_INVALID, SETTINGS_FILE.
   */
  readonly change: (patch: unknown) => Result<{ readonly changed: readonly SettingKey[] }>;
  /** Takes over what the user has written into the settings file by hand, as far as it passes the one door. */
  readonly takeOverEdits: () => void;
  /**
   * The same door for the way back: takes the user's own values of these settings away, all or none, so that the
   * administrator's default counts, or the built-in one. Codes as for `change`; LOCKED on every locked setting.
   */
  readonly reset: (keys: unknown) => Result<{ readonly changed: readonly SettingKey[] }>;
  /** Each layer's value of a setting or a key of the policy, and why one of them counts. Code: UNKNOWN_KEY. */
  readonly explain: (name: string) => Result<SettingExplanation>;
  /** What the engine may be started with; POLICY_INVALID when the administrator's file is not valid (fail closed). */
  readonly engineConfig: () => Result<EngineConfig>;
  readonly subscribe: (listener: () => void) => () => void;
}
