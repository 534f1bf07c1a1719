import type {
  EffectiveSetting,
  EffectiveSettings,
  PolicyLocation,
  SettingKey,
  SettingValues,
} from '../contract/settings.ts';
import { catalog, settingKeys } from './catalog.ts';
import { type DirectoryRule, isAllowed } from './directories.ts';
import type { HostFacts } from './host.ts';

/** What the administrator's file says about one setting. */
export interface PolicySetting<K extends SettingKey = SettingKey> {
  readonly value: SettingValues[K];
  readonly locked: boolean;
  readonly at: PolicyLocation;
  /** For a list of directories: none of them may be outside these, whoever has set it. */
  readonly within?: DirectoryRule;
}

/** Only the settings that the administrator's file names. */
export type PolicyLayer = { readonly [K in SettingKey]?: PolicySetting<K> };
/** Only the settings that the user changed; it never holds a value of the policy. */
export type UserLayer = { readonly [K in SettingKey]?: SettingValues[K] };

/**
 * The settings in force: built-in default < administrator's default < user < locked by the administrator. Directories
 * that the policy does not allow are left out of the shared ones, whichever layer names them; without a `host` nothing
 * stands for `$HOME`, which then is a name like any other.
 * Pure, so that a layer which goes away takes exactly its own values with it.
 */
export function mergeSettings(policy: PolicyLayer, user: UserLayer, host: HostFacts = NO_HOST): EffectiveSettings {
  const merged = Object.fromEntries(settingKeys.map((key) => [key, mergeOne(key, policy, user)] as const));
  if (!isComplete(merged)) {
    throw new Error('the merge left out a setting');
  }
  const isIsolated = merged.enhancedContainerIsolation.value;
  return {
    ...merged,
    sharedDirectories: withinRule(merged.sharedDirectories, policy.sharedDirectories?.within, host),
    cpus: noted(merged.cpus, merged.cpus.value > host.cpus, `This computer has ${host.cpus}; the VM gets no more.`),
    memoryMiB: noted(
      merged.memoryMiB,
      merged.memoryMiB.value > host.memoryMiB,
      `This computer has ${host.memoryMiB} MiB; the VM gets no more.`,
    ),
    exposeDockerAPIOnTCP2375: noted(
      merged.exposeDockerAPIOnTCP2375,
      merged.exposeDockerAPIOnTCP2375.value && isIsolated,
      'Without effect: the API is not exposed while Enhanced Container Isolation is on.',
    ),
  };
}

const NO_HOST: HostFacts = {
  home: '$HOME',
  temporary: '$TMP',
  cpus: Number.POSITIVE_INFINITY,
  memoryMiB: Number.POSITIVE_INFINITY,
};

/** Only what the rule allows, and what it is; the user's file keeps the rest for the day when the rule is gone. */
function withinRule(
  setting: EffectiveSetting<'sharedDirectories'>,
  rule: DirectoryRule | undefined,
  host: HostFacts,
): EffectiveSetting<'sharedDirectories'> {
  if (rule === undefined) return setting;
  const value = setting.value.filter((path) => isAllowed(path, rule.allowed, host));
  const outside = setting.value.filter((path) => !value.includes(path));
  const which = rule.allowed.length === 0 ? 'no directory' : `only ${rule.allowed.join(', ')} and what is in them`;
  const note = `Your administrator allows ${which} (${rule.at.path}, line ${rule.at.line}).`;
  const left = outside.length === 0 ? '' : ` Not shared for that reason: ${outside.join(', ')}.`;
  return { ...setting, value, note: note + left };
}

function noted<K extends SettingKey>(
  setting: EffectiveSetting<K>,
  applies: boolean,
  note: string,
): EffectiveSetting<K> {
  return applies ? { ...setting, note } : setting;
}

/** The value that would be in force if the user had changed nothing. */
export function valueWithoutUser<K extends SettingKey>(key: K, policy: PolicyLayer): SettingValues[K] {
  return mergeOne(key, policy, {}).value;
}

function mergeOne<K extends SettingKey>(key: K, policy: PolicyLayer, user: UserLayer): EffectiveSetting<K> {
  const { cost } = catalog[key];
  const admin: PolicySetting<K> | undefined = own(policy, key);
  const chosen: SettingValues[K] | undefined = own(user, key);
  if (admin?.locked === true) {
    return { key, value: admin.value, source: 'adminLocked', locked: true, policy: admin.at, cost };
  }
  if (chosen !== undefined) {
    return { key, value: chosen, source: 'user', locked: false, policy: null, cost };
  }
  if (admin !== undefined) {
    return { key, value: admin.value, source: 'adminDefault', locked: false, policy: admin.at, cost };
  }
  return { key, value: catalog[key].default, source: 'default', locked: false, policy: null, cost };
}

function isComplete(merged: Readonly<Record<string, EffectiveSetting>>): merged is EffectiveSettings {
  return settingKeys.every((key) => merged[key]?.key === key);
}

function own<T extends object, K extends keyof T>(layer: T, key: K): T[K] | undefined {
  return Object.hasOwn(layer, key) ? layer[key] : undefined;
}
