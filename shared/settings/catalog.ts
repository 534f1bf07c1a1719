import { z } from 'zod';
import type { ChangeCost, SettingKey, SettingValues } from '../contract/settings.ts';
import { daemonOptionsText } from './daemon-options.ts';
import { namesIn } from './names-in-text.ts';
import { sorted } from './sorted.ts';

/** Tabs and sections as in Docker Desktop. A setting without a tab is for administrators and scripts. */
export type SettingsTab = 'general' | 'resources' | 'dockerEngine' | 'softwareUpdates' | 'notifications';
export type SettingsSection = 'advanced' | 'fileSharing' | 'proxies' | 'network';
export type Platform = 'linux' | 'darwin' | 'win32';

/** One allowed value of a setting that is a choice, as people read it. */
export interface SettingOption<V> {
  readonly value: V;
  readonly label: string;
}

/** How a setting is shown and entered. */
export type SettingControl<V = unknown> =
  /** `inverted`: a tick stands for false. */
  | { readonly kind: 'checkbox'; readonly inverted: boolean }
  | { readonly kind: 'choice'; readonly options: readonly SettingOption<V>[] }
  | {
      readonly kind: 'number';
      readonly unit: string | null;
      readonly minimum: number;
      readonly maximum: number;
      readonly step: number;
    }
  | { readonly kind: 'text'; readonly placeholder: string }
  /** `item`: what one entry of the list may be. */
  | { readonly kind: 'list'; readonly placeholder: string; readonly item: z.ZodType<string> }
  | { readonly kind: 'json' };

/** Everything that is known about one setting. Rows, validation, the merge and the policy's keys all come from it. */
export interface SettingDefinition<K extends SettingKey = SettingKey> {
  readonly key: K;
  readonly schema: z.ZodType<SettingValues[K]>;
  readonly default: SettingValues[K];
  readonly tab: SettingsTab | null;
  readonly section: SettingsSection | null;
  /** Place within the tab, ascending. */
  readonly order: number;
  readonly label: string;
  readonly description: string;
  readonly control: SettingControl<SettingValues[K]>;
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
const common = { section: null, platforms: everywhere, cosmetic: false, tab: null } as const;
const checkbox = { kind: 'checkbox', inverted: false } as const;

/** `..` is refused, so that a path is where it says. */
export const directoryPath = z
  .string()
  .regex(
    /^(?!.*(^|[\\/])\.\.([\\/]|$))(\/|\$(HOME|TMP|TEMP)(\/|$)|[A-Za-z]:[\\/])[^\0]*$/su,
    'an absolute path, or one from $HOME, $TMP or $TEMP, without ".."',
  );
const nonEmpty = z.string().regex(/./su, 'a text that is not empty');
const proxyUrl = z
  .string()
  .regex(/^$|^https?:\/\/[^\s/]+(:\d+)?\/?$/u, 'a URL such as "http://proxy.example:3128", or an empty text');
const hostName = z.string().regex(/^[^\s,]+$/u, 'a name without spaces and commas');
/** Docker's samples have a list and its prose a text with commas. */
const hostNames = z.preprocess((given) => (typeof given === 'string' ? namesIn(given) : given), z.array(hostName));
const whole = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

const bounded = (minimum: number, maximum: number, step: number, unit: string | null) => ({
  schema: whole(minimum, maximum),
  control: { kind: 'number', unit, minimum, maximum, step } as const,
});

/**
 * The catalog: each setting is declared here and nowhere else. Labels and tabs are those of Docker Desktop
 * (its manual, "Change settings"), so that people find what they know.
 */
export const catalog: { readonly [K in SettingKey]: SettingDefinition<K> } = {
  enhancedContainerIsolation: {
    ...common,
    key: 'enhancedContainerIsolation',
    schema: z.boolean(),
    default: false,
    tab: 'general',
    order: 10,
    label: 'Use Enhanced Container Isolation',
    description:
      'Every container gets its own user namespace, so that root in a container is an ordinary user in the Linux VM. ' +
      'Images need no change; containers that exist already stay as they were made.',
    control: checkbox,
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation'],
  },
  startEngineOnLaunch: {
    ...common,
    key: 'startEngineOnLaunch',
    schema: z.boolean(),
    default: true,
    tab: 'general',
    order: 20,
    label: 'Start the engine when Bulkhead starts',
    description: 'The VM is ready when you open a terminal. When this is off, it uses no memory until you start it.',
    control: checkbox,
    cost: 'nothing',
    policyPath: ['startEngineOnLaunch'],
  },
  theme: {
    ...common,
    key: 'theme',
    schema: z.enum(['system', 'light', 'dark']),
    default: 'system',
    tab: 'general',
    order: 30,
    label: 'Choose theme',
    description: 'How this window looks. Takes effect at once.',
    control: {
      kind: 'choice',
      options: [
        { value: 'system', label: 'Use system settings' },
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
      ],
    },
    cost: 'nothing',
    policyPath: ['theme'],
    cosmetic: true,
  },
  exposeDockerAPIOnTCP2375: {
    ...common,
    key: 'exposeDockerAPIOnTCP2375',
    schema: z.boolean(),
    default: false,
    tab: 'general',
    order: 40,
    label: 'Expose daemon on tcp://localhost:2375 without TLS',
    description:
      'For old clients that know no sockets. Every program and every user of this computer can then control the engine, ' +
      'so it is not possible together with Enhanced Container Isolation.',
    control: checkbox,
    cost: 'engineRestart',
    policyPath: ['exposeDockerAPIOnTCP2375'],
  },
  blockDockerLoad: {
    ...common,
    key: 'blockDockerLoad',
    schema: z.boolean(),
    default: false,
    tab: 'general',
    order: 50,
    label: 'Block docker load',
    description: 'Images come from registries only: docker load and docker import are refused.',
    control: checkbox,
    cost: 'engineRestart',
    policyPath: ['blockDockerLoad'],
  },
  cpus: {
    ...common,
    key: 'cpus',
    ...bounded(1, 64, 1, null),
    default: 2,
    tab: 'resources',
    section: 'advanced',
    order: 10,
    label: 'CPU limit',
    description: 'Processors that the VM has.',
    cost: 'engineRestart',
    policyPath: ['cpus'],
  },
  memoryMiB: {
    ...common,
    key: 'memoryMiB',
    ...bounded(1024, 1_048_576, 256, 'MiB'),
    default: 2048,
    tab: 'resources',
    section: 'advanced',
    order: 20,
    label: 'Memory limit',
    description: 'Memory that the VM can use.',
    cost: 'engineRestart',
    policyPath: ['memoryMiB'],
  },
  swapMiB: {
    ...common,
    key: 'swapMiB',
    ...bounded(0, 65_536, 256, 'MiB'),
    default: 1024,
    tab: 'resources',
    section: 'advanced',
    order: 30,
    label: 'Swap',
    description: "Space on the VM's disk for memory that is not in use.",
    cost: 'engineRestart',
    policyPath: ['swapMiB'],
  },
  diskSizeMiB: {
    ...common,
    key: 'diskSizeMiB',
    ...bounded(16_384, 4_194_304, 1024, 'MiB'),
    default: 65_536,
    tab: 'resources',
    section: 'advanced',
    order: 40,
    label: 'Disk usage limit',
    description:
      'The most that images, containers and volumes can take. The disk grows with what is in it, and its limit can be raised but not lowered.',
    cost: 'engineRestart',
    policyPath: ['diskSizeMiB'],
  },
  sharedDirectories: {
    ...common,
    key: 'sharedDirectories',
    schema: z.array(directoryPath),
    default: ['$HOME'],
    tab: 'resources',
    section: 'fileSharing',
    order: 50,
    label: 'Virtual file shares',
    description:
      'Directories of this computer, with all that is in them, that containers may be given with docker run -v.',
    control: { kind: 'list', placeholder: '/path/to/directory', item: directoryPath },
    cost: 'engineRestart',
    policyPath: ['sharedDirectories'],
  },
  proxyMode: {
    ...common,
    key: 'proxyMode',
    schema: z.enum(['system', 'none', 'manual']),
    default: 'system',
    tab: 'resources',
    section: 'proxies',
    order: 60,
    label: 'Bulkhead proxy',
    description: 'What Bulkhead and Docker Engine use to reach the internet.',
    control: {
      kind: 'choice',
      options: [
        { value: 'system', label: 'System proxy' },
        { value: 'none', label: 'No proxy' },
        { value: 'manual', label: 'Manual configuration' },
      ],
    },
    cost: 'engineRestart',
    policyPath: ['proxy', 'mode'],
  },
  proxyHttp: {
    ...common,
    key: 'proxyHttp',
    schema: proxyUrl,
    default: '',
    tab: 'resources',
    section: 'proxies',
    order: 61,
    label: 'Bulkhead proxy: Web Server (HTTP)',
    description: 'For http:// addresses.',
    control: { kind: 'text', placeholder: 'http://proxy.example:3128' },
    cost: 'engineRestart',
    policyPath: ['proxy', 'http'],
  },
  proxyHttps: {
    ...common,
    key: 'proxyHttps',
    schema: proxyUrl,
    default: '',
    tab: 'resources',
    section: 'proxies',
    order: 62,
    label: 'Bulkhead proxy: Secure Web Server (HTTPS)',
    description: 'For https:// addresses.',
    control: { kind: 'text', placeholder: 'http://proxy.example:3128' },
    cost: 'engineRestart',
    policyPath: ['proxy', 'https'],
  },
  proxyExclude: {
    ...common,
    key: 'proxyExclude',
    schema: hostNames,
    default: [],
    tab: 'resources',
    section: 'proxies',
    order: 63,
    label: 'Bulkhead proxy: bypass',
    description: 'Hosts, domains and networks that are reached directly.',
    control: { kind: 'list', placeholder: '*.example.com', item: hostName },
    cost: 'engineRestart',
    policyPath: ['proxy', 'exclude'],
  },
  containersProxyMode: {
    ...common,
    key: 'containersProxyMode',
    schema: z.enum(['same', 'system', 'none', 'manual']),
    default: 'same',
    tab: 'resources',
    section: 'proxies',
    order: 70,
    label: 'Containers proxy',
    description: 'What containers, builds and Docker Engine use instead, where it differs.',
    control: {
      kind: 'choice',
      options: [
        { value: 'same', label: 'Same as Bulkhead proxy' },
        { value: 'system', label: 'System proxy' },
        { value: 'none', label: 'No proxy' },
        { value: 'manual', label: 'Manual configuration' },
      ],
    },
    cost: 'engineRestart',
    policyPath: ['containersProxy', 'mode'],
  },
  containersProxyHttp: {
    ...common,
    key: 'containersProxyHttp',
    schema: proxyUrl,
    default: '',
    tab: 'resources',
    section: 'proxies',
    order: 71,
    label: 'Containers proxy: Web Server (HTTP)',
    description: 'For http:// addresses.',
    control: { kind: 'text', placeholder: 'http://proxy.example:3128' },
    cost: 'engineRestart',
    policyPath: ['containersProxy', 'http'],
  },
  containersProxyHttps: {
    ...common,
    key: 'containersProxyHttps',
    schema: proxyUrl,
    default: '',
    tab: 'resources',
    section: 'proxies',
    order: 72,
    label: 'Containers proxy: Secure Web Server (HTTPS)',
    description: 'For https:// addresses.',
    control: { kind: 'text', placeholder: 'http://proxy.example:3128' },
    cost: 'engineRestart',
    policyPath: ['containersProxy', 'https'],
  },
  containersProxyExclude: {
    ...common,
    key: 'containersProxyExclude',
    schema: hostNames,
    default: [],
    tab: 'resources',
    section: 'proxies',
    order: 73,
    label: 'Containers proxy: bypass',
    description: 'Hosts, domains and networks that are reached directly.',
    control: { kind: 'list', placeholder: '*.example.com', item: hostName },
    cost: 'engineRestart',
    policyPath: ['containersProxy', 'exclude'],
  },
  defaultNetworkingMode: {
    ...common,
    key: 'defaultNetworkingMode',
    schema: z.enum(['dual-stack', 'ipv4only', 'ipv6only']),
    default: 'ipv4only',
    tab: 'resources',
    section: 'network',
    order: 80,
    label: 'Default networking mode',
    description: 'The addresses that containers get in new networks. IPv6 comes beside IPv4 and never alone.',
    control: {
      kind: 'choice',
      options: [
        { value: 'ipv4only', label: 'IPv4 only' },
        { value: 'dual-stack', label: 'Dual IPv4/IPv6' },
        { value: 'ipv6only', label: 'IPv6 only' },
      ],
    },
    cost: 'engineRestart',
    policyPath: ['defaultNetworkingMode'],
  },
  portBindingBehavior: {
    ...common,
    key: 'portBindingBehavior',
    schema: z.enum(['default-port-binding', 'default-local-port-binding', 'local-only-port-binding']),
    default: 'default-port-binding',
    tab: 'resources',
    section: 'network',
    order: 81,
    label: 'Port binding behavior',
    description: 'From where the ports that containers publish can be reached.',
    control: {
      kind: 'choice',
      options: [
        { value: 'default-port-binding', label: 'Open (Default)' },
        { value: 'default-local-port-binding', label: 'Localhost by default' },
        { value: 'local-only-port-binding', label: 'Localhost only' },
      ],
    },
    cost: 'engineRestart',
    policyPath: ['portBindingBehavior'],
  },
  dockerDaemonOptions: {
    ...common,
    key: 'dockerDaemonOptions',
    schema: daemonOptionsText,
    default: '{}',
    tab: 'dockerEngine',
    order: 10,
    label: 'Docker Engine configuration',
    description: 'Attributes of the daemon configuration file, as JSON.',
    control: { kind: 'json' },
    cost: 'engineRestart',
    policyPath: ['linuxVM', 'dockerDaemonOptions'],
  },
  disableUpdate: {
    ...common,
    key: 'disableUpdate',
    schema: z.boolean(),
    default: false,
    tab: 'softwareUpdates',
    order: 10,
    label: 'Automatically check for updates',
    description: 'Bulkhead asks once a day whether there is a newer version. It installs nothing by itself.',
    control: { kind: 'checkbox', inverted: true },
    cost: 'nothing',
    policyPath: ['disableUpdate'],
  },
  notifyEngineStatus: {
    ...common,
    key: 'notifyEngineStatus',
    schema: z.boolean(),
    default: true,
    tab: 'notifications',
    order: 10,
    label: 'Status updates on tasks and processes',
    description: 'A notification when the engine has restarted or failed while this window is not in front.',
    control: checkbox,
    cost: 'nothing',
    policyPath: ['notifyEngineStatus'],
    cosmetic: true,
  },
  displayedOnboarding: {
    ...common,
    key: 'displayedOnboarding',
    schema: z.boolean(),
    default: false,
    tab: 'notifications',
    order: 20,
    label: 'Show the introduction',
    description: 'What Enhanced Container Isolation does, shown when Bulkhead is opened for the first time.',
    control: { kind: 'checkbox', inverted: true },
    cost: 'nothing',
    policyPath: ['displayedOnboarding'],
    cosmetic: true,
  },
  dockerSocketImages: {
    ...common,
    key: 'dockerSocketImages',
    schema: z.array(nonEmpty),
    default: [],
    order: 90,
    label: 'Docker socket: image list',
    description: 'Images whose isolated containers may have the Docker socket.',
    control: { kind: 'list', placeholder: 'docker.io/localstack/localstack:*', item: nonEmpty },
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation', 'dockerSocketMount', 'imageList', 'images'],
  },
  dockerSocketAllowDerivedImages: {
    ...common,
    key: 'dockerSocketAllowDerivedImages',
    schema: z.boolean(),
    default: false,
    order: 91,
    label: 'Docker socket: allow derived images',
    description: 'Images that were built from an image of the list may have it too.',
    control: checkbox,
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation', 'dockerSocketMount', 'imageList', 'allowDerivedImages'],
  },
  dockerSocketCommandListType: {
    ...common,
    key: 'dockerSocketCommandListType',
    schema: z.enum(['deny', 'allow']),
    default: 'deny',
    order: 92,
    label: 'Docker socket: type of the command list',
    description: 'Whether the listed commands are refused, or only they are allowed.',
    control: {
      kind: 'choice',
      options: [
        { value: 'deny', label: 'Refuse the listed commands' },
        { value: 'allow', label: 'Allow only the listed commands' },
      ],
    },
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation', 'dockerSocketMount', 'commandList', 'type'],
  },
  dockerSocketCommands: {
    ...common,
    key: 'dockerSocketCommands',
    schema: z.array(nonEmpty),
    default: [],
    order: 93,
    label: 'Docker socket: command list',
    description: 'Commands of Docker such as push, or groups such as image*.',
    control: { kind: 'list', placeholder: 'push', item: nonEmpty },
    cost: 'engineRestart',
    policyPath: ['enhancedContainerIsolation', 'dockerSocketMount', 'commandList', 'commands'],
  },
};

/** The tabs in their order; settings without one come last. */
export const tabs: readonly (SettingsTab | null)[] = [
  'general',
  'resources',
  'dockerEngine',
  'softwareUpdates',
  'notifications',
  null,
];

/** Every setting in the order of the tabs, and within one in its place. */
export const settings: readonly SettingDefinition[] = sorted(
  Object.values<SettingDefinition>(catalog),
  (a, b) => tabs.indexOf(a.tab) - tabs.indexOf(b.tab) || a.order - b.order,
);

export const settingKeys: readonly SettingKey[] = settings.map((setting) => setting.key);

/** Whether an untrusted name is a setting's; inherited names such as `constructor` are not. */
export function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(catalog, name);
}
