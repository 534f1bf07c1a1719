const NO_PAC = 'Bulkhead reads no PAC files: set http, https and exclude instead';
const NO_VM_OPTIONS = 'Bulkhead has one way to share files and run its VM on each system';
const NO_EXTENSIONS = 'Bulkhead has no extensions';
const NO_AI = 'Bulkhead has no AI features';
const NO_KUBERNETES = 'Bulkhead brings no Kubernetes';
const NO_SCOUT = 'Bulkhead analyses no images';
const NO_PREVIEWS = 'Bulkhead has no features behind such a switch';
const NO_WINDOWS_CONTAINERS = 'Bulkhead runs no Windows containers';

/** Why nothing follows from a key that Docker documents. There is one for each that no setting of Bulkhead obeys. */
export const KEY_NOTES: ReadonlyMap<string, string> = new Map([
  ['silentModulesUpdate', 'Bulkhead has no components that are updated on their own'],
  ['desktopTerminalEnabled', 'Bulkhead has no terminal'],
  ['extensionsEnabled', NO_EXTENSIONS],
  ['onlyMarketplaceExtensions', NO_EXTENSIONS],
  ['extensionsPrivateMarketplace', NO_EXTENSIONS],
  ['extensionsPrivateMarketplaceAdminContactURL', NO_EXTENSIONS],
  ['useVirtualizationFrameworkVirtioFS', NO_VM_OPTIONS],
  ['useVirtualizationFrameworkRosetta', NO_VM_OPTIONS],
  ['useGrpcfuse', NO_VM_OPTIONS],
  ['scout.sbomIndexing', NO_SCOUT],
  ['scout.useBackgroundIndexing', NO_SCOUT],
  ['proxy.windowsDockerdPort', NO_WINDOWS_CONTAINERS],
  ['proxy.enableKerberosNtlm', 'Bulkhead does not authenticate to proxies by Kerberos or NTLM'],
  ['proxy.pac', NO_PAC],
  ['proxy.embeddedPac', NO_PAC],
  ['containersProxy.pac', NO_PAC],
  ['containersProxy.embeddedPac', NO_PAC],
  [
    'containersProxy.transparentPorts',
    'Containers are told of the proxy by their environment; what ignores that is not redirected',
  ],
  ['linuxVM.wslEngineEnabled', 'Bulkhead runs its own VM and no WSL distribution'],
  ['linuxVM.vpnkitCIDR', "The addresses of the VM's own network cannot be chosen"],
  ['windowsContainers.dockerDaemonOptions', NO_WINDOWS_CONTAINERS],
  ['kubernetes.enabled', NO_KUBERNETES],
  ['kubernetes.showSystemContainers', NO_KUBERNETES],
  ['kubernetes.imagesRepository', NO_KUBERNETES],
  ['dnsInhibition', 'Bulkhead filters no DNS answers'],
  ['enableInference', NO_AI],
  ['enableInferenceTCP', NO_AI],
  ['enableInferenceTCPPort', NO_AI],
  ['enableInferenceCORS', NO_AI],
  ['enableInferenceGPUVariant', NO_AI],
  ['enableDockerAI', NO_AI],
  ['enableDockerMCPToolkit', NO_AI],
  ['allowBetaFeatures', NO_PREVIEWS],
  ['allowExperimentalFeatures', NO_PREVIEWS],
  ['enableCloud', 'Bulkhead runs containers on this computer only'],
]);
