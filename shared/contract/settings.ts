/** Where the value of a setting comes from, weakest layer first. */
export type SettingSource = 'default' | 'adminDefault' | 'user' | 'adminLocked';

/** What has to happen before a changed value is in force. */
export type ChangeCost = 'nothing' | 'engineRestart' | 'relaunch';

export interface SettingValues {
  readonly enhancedContainerIsolation: boolean;
  readonly startEngineOnLaunch: boolean;
  readonly theme: 'system' | 'light' | 'dark';
  readonly exposeDockerAPIOnTCP2375: boolean;
  readonly blockDockerLoad: boolean;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly swapMiB: number;
  readonly diskSizeMiB: number;
  /** Absolute paths, or such that begin with $HOME, $TMP or $TEMP. */
  readonly sharedDirectories: readonly string[];
  readonly proxyMode: 'system' | 'none' | 'manual';
  readonly proxyHttp: string;
  readonly proxyHttps: string;
  readonly proxyExclude: readonly string[];
  readonly containersProxyMode: 'same' | 'system' | 'none' | 'manual';
  readonly containersProxyHttp: string;
  readonly containersProxyHttps: string;
  readonly containersProxyExclude: readonly string[];
  readonly defaultNetworkingMode: 'dual-stack' | 'ipv4only' | 'ipv6only';
  readonly portBindingBehavior: 'default-port-binding' | 'default-local-port-binding' | 'local-only-port-binding';
  /** A JSON object in text, as dockerd's configuration file has it. */
  readonly dockerDaemonOptions: string;
  readonly disableUpdate: boolean;
  readonly displayedOnboarding: boolean;
  readonly notifyEngineStatus: boolean;
  readonly dockerSocketImages: readonly string[];
  readonly dockerSocketAllowDerivedImages: boolean;
  readonly dockerSocketCommandListType: 'deny' | 'allow';
  readonly dockerSocketCommands: readonly string[];
}

export type SettingKey = keyof SettingValues;

/** A place in a policy file, one-based as editors show it. */
export interface PolicyLocation {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** A setting as every surface shows it: its effective value and why it is so. */
export interface EffectiveSetting<K extends SettingKey = SettingKey> {
  readonly key: K;
  readonly value: SettingValues[K];
  readonly source: SettingSource;
  readonly locked: boolean;
  /** The policy entry that sets or locks the value; null for default and user values. */
  readonly policy: PolicyLocation | null;
  readonly cost: ChangeCost;
  /** What the reader should know beside the value: a limit of the policy or of this computer, or why it has no effect. */
  readonly note?: string;
}

export type EffectiveSettings = { readonly [K in SettingKey]: EffectiveSetting<K> };

/** Proposed new values; a missing key is left alone. Untrusted until the one door has parsed it. */
export type SettingsPatch = { readonly [K in SettingKey]?: SettingValues[K] };

/** One mistake in a policy file. */
export interface PolicyProblem {
  readonly path: string;
  readonly line: number | null;
  readonly column: number | null;
  /** What is wrong, e.g. "Expected true or false for enhancedContainerIsolation.value, found "yes"". */
  readonly reason: string;
  /** The offending line of the file, if there is one; a long line only around the mistake. */
  readonly excerpt: string | null;
  /** Where in the excerpt the mistake is, from zero. */
  readonly caret: number | null;
}

/** A remark that does not make the policy invalid (unknown key, unusual version). */
export interface PolicyWarning {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The line and the place in it, as in a problem. */
  readonly excerpt: string;
  readonly caret: number;
}

/**
 * What Bulkhead does with a key of the policy: it obeys, it has no feature that the key could govern (the value is
 * recorded and harmless), or it does not know the key.
 */
export type PolicyKeyState = 'enforced' | 'notApplicable' | 'unknown';

/** One key of the policy in force. */
export interface PolicyKey {
  /** Dotted, e.g. "proxy.mode", in Docker's spelling; an unknown key in the file's own, cut after 64 characters. */
  readonly name: string;
  readonly state: PolicyKeyState;
  /** As in JSON; null where the file has null, or where `note` says that it is not shown. */
  readonly value: unknown;
  /** Null for an unknown key: nothing is known to lock. */
  readonly locked: boolean | null;
  readonly at: PolicyLocation;
  /** What the reader should know of this key, e.g. the known name that is nearest to an unknown one. */
  readonly note: string | null;
}

/** What became of the administrator's file at launch. `invalid` means the engine must not run. */
export type PolicyStatus =
  | { readonly kind: 'none'; readonly searched: readonly string[] }
  | {
      readonly kind: 'inForce';
      readonly path: string;
      readonly warnings: readonly PolicyWarning[];
      /** Every key of the file, in its order; of unknown ones the first hundred. */
      readonly keys: readonly PolicyKey[];
    }
  | { readonly kind: 'invalid'; readonly path: string; readonly problems: readonly PolicyProblem[] };

/** What one layer says about a setting. */
export interface SettingLayer {
  readonly source: SettingSource;
  /** Whether the layer says anything; the value is null where it does not. */
  readonly isSet: boolean;
  readonly value: unknown;
  /** The place in the policy, for the administrator's layers. */
  readonly at: PolicyLocation | null;
}

/** Why a setting, or a key of the policy, has the value that it has. */
export interface SettingExplanation {
  /** Dotted, as a policy writes it. */
  readonly name: string;
  readonly state: Exclude<PolicyKeyState, 'unknown'>;
  /** All four, weakest first. */
  readonly layers: readonly SettingLayer[];
  /** The layer whose value is in force; null for a key that decides nothing in Bulkhead. */
  readonly winner: SettingSource | null;
  /** One or two sentences. */
  readonly reason: string;
}

/** Something that happened to the user's settings file, or to the policy, that the user must know. */
export interface SettingsNotice {
  readonly id: string;
  /** e.g. "Your settings file could not be read and was set aside." */
  readonly message: string;
  readonly path: string;
}

/** What a change did. `changed` is empty when every value already held. */
export interface ApplyOutcome {
  readonly changed: readonly SettingKey[];
  /** The engine was restarted (or is being restarted) because of this change. */
  readonly restarting: boolean;
}

/** What a change that left the engine alone did. */
export interface SettingsChange {
  readonly changed: readonly SettingKey[];
  /** The VM runs with other values than those that are now saved. */
  readonly restartPending: boolean;
}
