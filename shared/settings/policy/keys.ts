import { z } from 'zod';
import type { SettingKey } from '../../contract/settings.ts';
import { catalog, directoryPath, type SettingDefinition, settings } from '../catalog.ts';
import { checkDaemonOptions } from '../daemon-options.ts';
import {
  bare,
  choice,
  container,
  entry,
  flag,
  group,
  integer,
  leavesOf,
  list,
  object,
  scalar,
  type Shapes,
  text,
  textOrList,
  type ValueType,
} from './shape.ts';

/** Keys of the file itself rather than of a setting; `$schema` is for editors. */
export const FILE_KEYS: Shapes = {
  $schema: bare(text),
  configurationFileVersion: bare(integer),
};

/** What a policy may say about a setting is what the setting may be. */
function typeOf({ control, schema }: SettingDefinition): ValueType {
  return control.kind === 'list' ? list(scalar(control.item)) : scalar(schema);
}
/** The type of a setting's value in a policy. */
export const typeOfSetting = (key: SettingKey): ValueType => typeOf(catalog[key]);
const names = (key: 'proxyExclude' | 'containersProxyExclude'): ValueType => {
  const { control } = catalog[key];
  return control.kind === 'list' ? textOrList(control.item) : typeOfSetting(key);
};

const daemonOptions: ValueType = {
  kind: 'checkedText',
  check: (given) => {
    const checked = checkDaemonOptions(given);
    return checked.ok ? [] : checked.problems;
  },
};

const dockerSocketMount = object({
  imageList: object({
    images: typeOfSetting('dockerSocketImages'),
    allowDerivedImages: typeOfSetting('dockerSocketAllowDerivedImages'),
  }),
  commandList: object({
    type: typeOfSetting('dockerSocketCommandListType'),
    commands: typeOfSetting('dockerSocketCommands'),
  }),
});

/** Every key that Docker documents for admin-settings.json (Docker's manual, "Settings reference"). */
const DOCKER_KEYS: Shapes = {
  analyticsEnabled: entry(flag),
  disableUpdate: entry(flag),
  silentModulesUpdate: entry(flag),
  blockDockerLoad: entry(flag),
  displayedOnboarding: entry(flag),
  desktopTerminalEnabled: entry(flag),
  exposeDockerAPIOnTCP2375: entry(flag),
  extensionsEnabled: entry(flag),
  onlyMarketplaceExtensions: entry(flag),
  extensionsPrivateMarketplace: entry(flag),
  extensionsPrivateMarketplaceAdminContactURL: entry(text),
  filesharingAllowedDirectories: bare(list(object({ path: scalar(directoryPath), sharedByDefault: flag }, ['path']))),
  useVirtualizationFrameworkVirtioFS: entry(flag),
  useVirtualizationFrameworkRosetta: entry(flag),
  useGrpcfuse: entry(flag),
  scout: group({ sbomIndexing: flag, useBackgroundIndexing: flag }),
  proxy: group({
    mode: typeOfSetting('proxyMode'),
    http: typeOfSetting('proxyHttp'),
    https: typeOfSetting('proxyHttps'),
    exclude: names('proxyExclude'),
    windowsDockerdPort: scalar(z.int().min(-1).max(65_535)),
    enableKerberosNtlm: flag,
    pac: text,
    embeddedPac: text,
  }),
  containersProxy: group({
    mode: typeOfSetting('containersProxyMode'),
    http: typeOfSetting('containersProxyHttp'),
    https: typeOfSetting('containersProxyHttps'),
    exclude: names('containersProxyExclude'),
    pac: text,
    embeddedPac: text,
    transparentPorts: text,
  }),
  linuxVM: container({
    wslEngineEnabled: entry(flag),
    dockerDaemonOptions: entry(daemonOptions),
    vpnkitCIDR: entry(text),
  }),
  windowsContainers: container({ dockerDaemonOptions: entry(text) }),
  kubernetes: group({ enabled: flag, showSystemContainers: flag, imagesRepository: text }),
  defaultNetworkingMode: entry(typeOfSetting('defaultNetworkingMode')),
  dnsInhibition: entry(choice('auto', 'ipv4', 'ipv6', 'none')),
  portBindingBehavior: entry(typeOfSetting('portBindingBehavior')),
  enableInference: entry(flag),
  enableInferenceTCP: entry(flag),
  enableInferenceTCPPort: entry(scalar(z.int().min(0).max(65_535))),
  enableInferenceCORS: entry(text),
  enableInferenceGPUVariant: entry(flag),
  enableDockerAI: entry(flag),
  allowBetaFeatures: entry(flag),
  allowExperimentalFeatures: entry(flag),
  enableDockerMCPToolkit: entry(flag),
  enableCloud: entry(flag),
  enhancedContainerIsolation: entry(flag, { dockerSocketMount }),
};

/** All keys that a policy file may have: the file's own, Docker's, and every setting of the catalog by its path. */
export const policyKeys: Shapes = { ...FILE_KEYS, ...withCatalog(DOCKER_KEYS) };

/** Dotted names of all values that a policy can hold, without the file's own keys. */
export const policyNames: readonly string[] = namesIn(withCatalog(DOCKER_KEYS), '');

/** Dotted names of the values in a policy that a setting of the catalog obeys. */
export const obeyedNames: ReadonlySet<string> = new Set(settings.map((setting) => setting.policyPath.join('.')));

function namesIn(shapes: Shapes, prefix: string): readonly string[] {
  return Object.entries(shapes).flatMap(([key, shape]) => {
    const name = `${prefix}${key}`;
    switch (shape.kind) {
      case 'entry':
        return [name, ...leavesOf(shape.extras, `${name}.`)];
      case 'group':
        return Object.keys(shape.fields).map((field) => `${name}.${field}`);
      case 'container':
        return namesIn(shape.children, `${name}.`);
      case 'bare':
        return [name];
    }
  });
}

/** A setting without a key of Docker's is locked under its own name, as an ordinary entry. */
function withCatalog(known: Shapes): Shapes {
  const missing = settings.filter(({ policyPath: [first = ''] }) => !Object.hasOwn(known, first));
  return {
    ...known,
    ...Object.fromEntries(missing.map((setting) => [setting.key, entry(typeOf(setting))])),
  };
}
