import { z } from 'zod';
import type { ChangeCost, SettingKey, SettingValues } from '../contract/settings.ts';
import { sorted } from './sorted.ts';

export type SettingsTab = 'general';
export type Platform = 'linux' | 'darwin' | 'win32';

/** One allowed value of a setting that is a choice, as people read it. */
export interface SettingOption<V> {
  readonly value: V;
  readonly label: string;
}

/** Everything that is known about one setting. Rows, validation, the merge and the policy's keys all come from it. */
export interface SettingDefinition<K extends SettingKey = SettingKey> {
  readonly key: K;
  readonly schema: z.ZodType<SettingValues[K]>;
  readonly default: SettingValues[K];
  readonly tab: SettingsTab;
  /** Place within the tab, ascending. */
  readonly order: number;
  readonly label: string;
  readonly description: string;
  /** The allowed values in the order to show them; null for a checkbox. */
  readonly options: readonly SettingOption<SettingValues[K]>[] | null;
  readonly cost: ChangeCost;
  /** Where admin-settings.json has the setting, in Docker's spelling where Docker has the key. */
  readonly policyPath: readonly string[];
  readonly platforms: readonly Platform[];
  /**
   * The setting decides nothing that a policy could protect, so it may change while the policy cannot be read.
   * Everything else may not: any key could be the one that the unreadable file locks.
   */
  readonly cosmetic: boolean;
}

const everywhere: readonly Platform[] = ['linux', 'darwin', 'win32'];

/**
 * The catalog: each setting is declared here and nowhere else. Labels and tabs are those of Docker Desktop
 * (its manual, "Change settings"), so that people find what they know.
 */
export const catalog: { readonly [K in SettingKey]: SettingDefinition<K> } = {
  enhancedContainerIsolation: {
    key: 'enhancedContainerIsolation',
    schema: z.boolean(),
    default: false,
    tab: 'general',
    order: 10,
    label: 'Use Enhanced Container Isolation',
    description:
      'Every container gets its own user namespace, so that root in a container is an ordinary user in the Linux VM. ' +
      'Images need no change; containers that exist already stay as they were made.',
    options: null,
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation'],
    platforms: everywhere,
    cosmetic: false,
  },
  startEngineOnLaunch: {
    key: 'startEngineOnLaunch',
    schema: z.boolean(),
    // Who opens Bulkhead wants containers: with this off, the first `docker ps` after opening it fails.
    default: true,
    tab: 'general',
    order: 20,
    label: 'Start the engine when Bulkhead starts',
    description: 'The VM is ready when you open a terminal. When this is off, it uses no memory until you start it.',
    options: null,
    cost: 'nothing',
    policyPath: ['startEngineOnLaunch'],
    platforms: everywhere,
    cosmetic: false,
  },
  theme: {
    key: 'theme',
    schema: z.enum(['system', 'light', 'dark']),
    default: 'system',
    tab: 'general',
    order: 30,
    label: 'Choose theme',
    description: 'How this window looks. Takes effect at once.',
    options: [
      { value: 'system', label: 'Use system settings' },
      { value: 'light', label: 'Light' },
      { value: 'dark', label: 'Dark' },
    ],
    cost: 'nothing',
    policyPath: ['theme'],
    platforms: everywhere,
    cosmetic: true,
  },
};

/** Every setting in the order of its tab. */
export const settings: readonly SettingDefinition[] = sorted(
  Object.values<SettingDefinition>(catalog),
  (a, b) => a.order - b.order,
);

export const settingKeys: readonly SettingKey[] = settings.map((setting) => setting.key);

/** Whether an untrusted name is a setting's; inherited names such as `constructor` are not. */
export function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(catalog, name);
}
