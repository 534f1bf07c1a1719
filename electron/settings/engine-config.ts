import type { EffectiveSettings } from '../../shared/contract/settings.ts';
import type { ProxyServers } from '../../shared/contract/vm.ts';
import { readDaemonOptions } from '../../shared/settings/daemon-options.ts';
import { expandDirectory } from '../../shared/settings/directories.ts';
import type { HostFacts } from '../../shared/settings/host.ts';
import type { EngineConfig } from '../engine/port.ts';

/** What this computer adds to the settings. */
export interface Host extends HostFacts {
  /** The proxy of the desktop or the environment, as it was at launch; null for none. */
  readonly systemProxy: ProxyServers | null;
}

/** What the engine is to run with under these settings. Pure, so that it can be compared with what it does run with. */
export function engineConfigOf(effective: EffectiveSettings, host: Host): EngineConfig {
  const isolation = effective.enhancedContainerIsolation.value;
  return {
    vm: {
      isolation,
      swapMiB: effective.swapMiB.value,
      daemonOptions: readDaemonOptions(effective.dockerDaemonOptions.value),
      proxy: proxyOf(effective, host),
      blockDockerLoad: effective.blockDockerLoad.value,
      ipv6: effective.defaultNetworkingMode.value !== 'ipv4only',
      dockerSocket: {
        images: effective.dockerSocketImages.value,
        allowDerivedImages: effective.dockerSocketAllowDerivedImages.value,
        commandListType: effective.dockerSocketCommandListType.value,
        commands: effective.dockerSocketCommands.value,
      },
      sharedDirectories: effective.sharedDirectories.value.map((path) => ({ path: expandDirectory(path, host) })),
    },
    cpus: Math.min(effective.cpus.value, host.cpus),
    memoryMiB: Math.min(effective.memoryMiB.value, host.memoryMiB),
    diskSizeMiB: effective.diskSizeMiB.value,
    exposeDockerApi: effective.exposeDockerAPIOnTCP2375.value && !isolation,
    portBinding: effective.portBindingBehavior.value,
  };
}

/** The containers' proxy counts for the engine too; Bulkhead's own is the fallback (Docker's manual, "Air-gapped containers"). */
function proxyOf(effective: EffectiveSettings, { systemProxy }: Host): ProxyServers | null {
  const own = {
    mode: effective.containersProxyMode.value,
    http: effective.containersProxyHttp.value,
    https: effective.containersProxyHttps.value,
    exclude: effective.containersProxyExclude.value,
  };
  const { mode, ...servers } =
    own.mode === 'same'
      ? {
          mode: effective.proxyMode.value,
          http: effective.proxyHttp.value,
          https: effective.proxyHttps.value,
          exclude: effective.proxyExclude.value,
        }
      : { ...own, mode: own.mode };
  switch (mode) {
    case 'none':
      return null;
    case 'system':
      return systemProxy;
    case 'manual':
      return servers.http === '' && servers.https === '' ? null : servers;
  }
}
