import type { AppSnapshot } from '../../shared/contract/app.ts';
import type { EffectiveSetting, SettingKey } from '../../shared/contract/settings.ts';
import { settings as catalog, type SettingDefinition, type SettingsTab } from '../../shared/settings/catalog.ts';

export const TAB_LABELS: Readonly<Record<SettingsTab, string>> = {
  general: 'General',
  resources: 'Resources',
  dockerEngine: 'Docker Engine',
  softwareUpdates: 'Software updates',
  notifications: 'Notifications',
};

/** The catalog's settings of a tab that exist on this platform, in their order. */
export function rowsOf(tab: SettingsTab, platform: string): readonly SettingDefinition[] {
  return catalog.filter((setting) => setting.tab === tab && setting.platforms.some((known) => known === platform));
}

/** Why a row cannot be changed. The main process refuses such a change too; the row only says so beforehand. */
export type Refusal = 'locked' | 'policyInvalid';

/** A policy that cannot be read may lock anything, so only what no policy protects can be changed under one. */
export function refusalOf(definition: SettingDefinition, { settings, policy }: AppSnapshot): Refusal | null {
  if (settings[definition.key].locked) return 'locked';
  return policy.kind === 'invalid' && !definition.cosmetic ? 'policyInvalid' : null;
}

/** How many of these rows an administrator has locked. */
export function lockedCount(
  rows: readonly SettingDefinition[],
  settings: Readonly<Record<SettingKey, EffectiveSetting>>,
): number {
  return rows.filter(({ key }) => settings[key].locked).length;
}

/** How a value reads in a sentence. */
export function valueWord(definition: SettingDefinition, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const { control } = definition;
  const options = control.kind === 'choice' ? control.options : [];
  return options.find((option) => option.value === value)?.label ?? String(value);
}
