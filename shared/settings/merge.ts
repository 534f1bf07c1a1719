import type {
  EffectiveSetting,
  EffectiveSettings,
  PolicyLocation,
  SettingKey,
  SettingValues,
} from '../contract/settings.ts';
import { catalog, settingKeys } from './catalog.ts';

/** What the administrator's file says about one setting. */
export interface PolicySetting<K extends SettingKey = SettingKey> {
  readonly value: SettingValues[K];
  readonly locked: boolean;
  readonly at: PolicyLocation;
}

/** Only the settings that the administrator's file names. */
export type PolicyLayer = { readonly [K in SettingKey]?: PolicySetting<K> };
/** Only the settings that the user changed; it never holds a value of the policy. */
export type UserLayer = { readonly [K in SettingKey]?: SettingValues[K] };

/**
 * The settings in force: built-in default < administrator's default < user < locked by the administrator.
 * Pure, so that a layer which goes away takes exactly its own values with it.
 */
export function mergeSettings(policy: PolicyLayer, user: UserLayer): EffectiveSettings {
  const merged = Object.fromEntries(settingKeys.map((key) => [key, mergeOne(key, policy, user)] as const));
  if (!isComplete(merged)) {
    throw new Error('the merge left out a setting');
  }
  return merged;
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
