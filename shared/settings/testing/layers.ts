import * as fc from 'fast-check';
import type { PolicyLocation, SettingKey, SettingValues } from '../../contract/settings.ts';
import { settingKeys } from '../catalog.ts';
import type { PolicyLayer, UserLayer } from '../merge.ts';

/** Values that every setting of the catalog takes, for properties over the whole of it. */
const values: { readonly [K in SettingKey]: fc.Arbitrary<SettingValues[K]> } = {
  enhancedContainerIsolation: fc.boolean(),
  startEngineOnLaunch: fc.boolean(),
  theme: fc.constantFrom('system', 'light', 'dark'),
  exposeDockerAPIOnTCP2375: fc.boolean(),
  blockDockerLoad: fc.boolean(),
  cpus: fc.integer({ min: 1, max: 64 }),
  memoryMiB: fc.integer({ min: 1024, max: 1_048_576 }),
  swapMiB: fc.integer({ min: 0, max: 65_536 }),
  diskSizeMiB: fc.integer({ min: 16_384, max: 4_194_304 }),
  sharedDirectories: fc.uniqueArray(fc.constantFrom('$HOME', '$HOME/work', '$TMP', '/data', '/data/x', '/'), {
    maxLength: 3,
  }),
  proxyMode: fc.constantFrom('system', 'none', 'manual'),
  proxyHttp: fc.constantFrom('', 'http://proxy.example:3128'),
  proxyHttps: fc.constantFrom('', 'http://proxy.example:3129'),
  proxyExclude: fc.constantFrom([], ['*.example.com', '10.0.0.0/8']),
  containersProxyMode: fc.constantFrom('same', 'system', 'none', 'manual'),
  containersProxyHttp: fc.constantFrom('', 'http://inner.example:3128'),
  containersProxyHttps: fc.constantFrom('', 'http://inner.example:3129'),
  containersProxyExclude: fc.constantFrom([], ['registry.example.com']),
  defaultNetworkingMode: fc.constantFrom('dual-stack', 'ipv4only', 'ipv6only'),
  portBindingBehavior: fc.constantFrom('default-port-binding', 'default-local-port-binding', 'local-only-port-binding'),
  dockerDaemonOptions: fc.constantFrom('{}', '{"debug": true}', '{"log-level": "warn"}'),
  disableUpdate: fc.boolean(),
  displayedOnboarding: fc.boolean(),
  notifyEngineStatus: fc.boolean(),
  dockerSocketImages: fc.constantFrom([], ['docker.io/localstack/localstack:*']),
  dockerSocketAllowDerivedImages: fc.boolean(),
  dockerSocketCommandListType: fc.constantFrom('deny', 'allow'),
  dockerSocketCommands: fc.constantFrom([], ['push', 'image*']),
};

/** A value that the setting takes. */
export const valueOf = (key: SettingKey): fc.Arbitrary<SettingValues[SettingKey]> => values[key];

/** A value that the setting takes and that is not this one. */
export const otherValue = (key: SettingKey, than: unknown): fc.Arbitrary<SettingValues[SettingKey]> =>
  valueOf(key).filter((value) => JSON.stringify(value) !== JSON.stringify(than));

/** What users may have chosen. */
export const userLayers: fc.Arbitrary<UserLayer> = fc.record(values, { requiredKeys: [] });

/** What policies may say, each setting in a line of its own. */
export const policyLayers = (path = '/etc/bulkhead/admin-settings.json'): fc.Arbitrary<PolicyLayer> =>
  fc.record(
    Object.fromEntries(
      settingKeys.map((key, index) => {
        const at: PolicyLocation = { path, line: index + 2, column: 3 };
        return [key, fc.record({ value: valueOf(key), locked: fc.boolean(), at: fc.constant(at) })] as const;
      }),
    ),
    { requiredKeys: [] },
  );
