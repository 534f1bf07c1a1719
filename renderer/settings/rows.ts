import type { AppSnapshot } from '../../shared/contract/app.ts';
import type { EffectiveSetting, SettingKey } from '../../shared/contract/settings.ts';
import {
  settings as catalog,
  type SettingDefinition,
  type SettingsSection,
  type SettingsTab,
} from '../../shared/settings/catalog.ts';

/** The tabs of the page: those of the catalog, and the view of the administrator's file. */
export type Tab = SettingsTab | 'policy';

export const TABS = ['general', 'resources', 'dockerEngine', 'softwareUpdates', 'notifications', 'policy'] as const;

export const TAB_LABELS: Readonly<Record<Tab, string>> = {
  general: 'General',
  resources: 'Resources',
  dockerEngine: 'Docker Engine',
  softwareUpdates: 'Software updates',
  notifications: 'Notifications',
  policy: 'Policy',
};

export const SECTION_LABELS: Readonly<Record<SettingsSection, string>> = {
  advanced: 'Advanced',
  fileSharing: 'File sharing',
  proxies: 'Proxies',
  network: 'Network',
};

const existsOn = (platform: string) => (setting: SettingDefinition) =>
  setting.platforms.some((known) => known === platform);

/** The catalog's settings of a tab that exist on this platform, in their order. */
export function rowsOf(tab: Tab, platform: string): readonly SettingDefinition[] {
  return catalog.filter((setting) => setting.tab === tab).filter(existsOn(platform));
}

/** All settings that the page has a row for. */
export function allRows(platform: string): readonly SettingDefinition[] {
  return TABS.flatMap((tab) => rowsOf(tab, platform));
}

/** The sections of a tab in their order; none where it is not divided. */
export function sectionsOf(rows: readonly SettingDefinition[]): readonly SettingsSection[] {
  return [...new Set(rows.flatMap(({ section }) => section ?? []))];
}

/** Rows that stand together: those under one lock of the policy, such as all fields of a proxy, and each other row alone. */
export interface RowGroup {
  readonly name: string;
  readonly rows: readonly [SettingDefinition, ...SettingDefinition[]];
}

export function groupsOf(rows: readonly SettingDefinition[]): readonly RowGroup[] {
  const groups: { readonly name: string; readonly rows: [SettingDefinition, ...SettingDefinition[]] }[] = [];
  for (const row of rows) {
    const name = row.policyPath.slice(0, -1).join('.');
    const last = groups.at(-1);
    if (last !== undefined && name !== '' && last.name === name) last.rows.push(row);
    else groups.push({ name, rows: [row] });
  }
  return groups;
}

/** Why a row cannot be changed. The main process refuses such a change too; the row only says so beforehand. */
export type Refusal = 'locked' | 'policyInvalid' | 'isolation';

/**
 * A policy that cannot be read may lock anything, so only what no policy protects can be changed under one. `value` and
 * `isolated` are those of the draft: an exposed engine can be hidden under isolation, but not exposed.
 */
export function refusalOf(
  { key, cosmetic }: SettingDefinition,
  { settings, policy }: AppSnapshot,
  value: unknown,
  isolated: boolean,
): Refusal | null {
  if (settings[key].locked) return 'locked';
  if (policy.kind === 'invalid' && !cosmetic) return 'policyInvalid';
  return key === 'exposeDockerAPIOnTCP2375' && isolated && value === false ? 'isolation' : null;
}

/** How many of these rows an administrator has locked. */
export function lockedCount(
  rows: readonly SettingDefinition[],
  settings: Readonly<Record<SettingKey, EffectiveSetting>>,
): number {
  return rows.filter(({ key }) => settings[key].locked).length;
}

/** Whether a choice is sent as soon as it is made, past the footer: what only concerns how this window looks. */
export function isInstant({ cosmetic, control }: SettingDefinition): boolean {
  return cosmetic && control.kind === 'choice';
}
