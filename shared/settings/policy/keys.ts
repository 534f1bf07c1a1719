import { z } from 'zod';
import { settings } from '../catalog.ts';
import {
  bare,
  choice,
  container,
  entry,
  flag,
  group,
  integer,
  list,
  object,
  scalar,
  type Shapes,
  text,
  textOrList,
} from './shape.ts';

/** Keys of the file itself rather than of a setting; `$schema` is for editors. */
export const FILE_KEYS: Shapes = {
  $schema: bare(text),
  configurationFileVersion: bare(integer),
};

const proxyFields = {
  mode: choice('system', 'manual'),
  http: text,
  https: text,
  exclude: textOrList,
  pac: text,
  embeddedPac: text,
};

const dockerSocketMount = object({
  imageList: object({ images: list(text), allowDerivedImages: flag }),
  commandList: object({ type: choice('allow', 'deny'), commands: list(text) }),
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
  filesharingAllowedDirectories: bare(list(object({ path: text, sharedByDefault: flag }))),
  useVirtualizationFrameworkVirtioFS: entry(flag),
  useVirtualizationFrameworkRosetta: entry(flag),
  useGrpcfuse: entry(flag),
  scout: group({ sbomIndexing: flag, useBackgroundIndexing: flag }),
  proxy: group({ ...proxyFields, windowsDockerdPort: scalar(z.int().min(-1).max(65_535)), enableKerberosNtlm: flag }),
  containersProxy: group({ ...proxyFields, transparentPorts: text }),
  linuxVM: container({
    wslEngineEnabled: entry(flag),
    dockerDaemonOptions: entry(text),
    vpnkitCIDR: entry(text),
  }),
  windowsContainers: container({ dockerDaemonOptions: entry(text) }),
  kubernetes: group({ enabled: flag, showSystemContainers: flag, imagesRepository: text }),
  defaultNetworkingMode: entry(choice('dual-stack', 'ipv4only', 'ipv6only')),
  dnsInhibition: entry(choice('auto', 'ipv4', 'ipv6', 'none')),
  portBindingBehavior: entry(choice('default-port-binding', 'default-local-port-binding', 'local-only-port-binding')),
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
        return [name, ...Object.keys(shape.extras).map((field) => `${name}.${field}`)];
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
    ...Object.fromEntries(
      missing.map(({ key, schema, control }) => [key, entry(control.kind === 'list' ? list(text) : scalar(schema))]),
    ),
  };
}
