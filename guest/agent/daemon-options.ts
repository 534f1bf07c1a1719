import { ISOLATED_RUNTIME } from '../../shared/contract/engine.ts';
import type { ProxyServers, VmSettings } from '../../shared/contract/vm.ts';
import { checkDaemonOptions, type DaemonOptions } from '../../shared/settings/daemon-options.ts';
import { proxyEnvironment } from './gateway/rules/proxy.ts';

/** Seconds dockerd waits for containers without a stop timeout of their own; the host's deadline is above it. */
export const STOP_SECONDS = 10;

/** Reached without a proxy whatever the settings say: the VM itself. */
const OWN_ADDRESSES = ['localhost', '127.0.0.1', '::1', '10.0.2.15'] as const;

/** Unique local addresses (RFC 4193) of the networks in the VM; they are translated on their way out of it. */
const DEFAULT_BRIDGE_V6 = 'fd62:756c:6b68:100::/64';
const OTHER_NETWORKS_V6 = { base: 'fd62:756c:6b68::/56', size: 64 } as const;
/** The engine's own pools (Docker docs, "Networking overview", subnet allocation); a list of others replaces them. */
const NETWORKS_V4 = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/16', size: 16 },
  { base: '172.19.0.0/16', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/14', size: 16 },
  { base: '172.28.0.0/14', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
] as const;

/** What the user may give instead, and what must be so for containers to get IPv6 addresses in Engine 26.1. */
const networking = (given: DaemonOptions, ipv6: boolean) => {
  const pools = given['default-address-pools'];
  if (!ipv6) return { over: {}, under: { ipv6: false } };
  const hasSix = Array.isArray(pools) && pools.some((pool) => JSON.stringify(pool).includes('::'));
  const own = Array.isArray(pools) ? pools : NETWORKS_V4;
  return {
    over: { 'fixed-cidr-v6': DEFAULT_BRIDGE_V6 },
    // Filtering IPv6 is an experiment in this release; without it containers would be open to each other.
    under: {
      ipv6: true,
      ip6tables: true,
      experimental: true,
      'default-address-pools': hasSix ? pools : [...own, OTHER_NETWORKS_V6],
    },
  };
};

const part = (options: DaemonOptions, name: string): object => {
  const value = options[name];
  return typeof value === 'object' && value !== null ? value : {};
};

/** Neither the VM's network nor its privileges for a build, whoever asks; without isolation Docker's own rules count. */
const builderOf = (options: DaemonOptions, isolation: boolean): object => ({
  ...part(options, 'builder'),
  ...(isolation ? { Entitlements: { 'network-host': false, 'security-insecure': false } } : {}),
});

/**
 * dockerd's configuration (Docker docs, dockerd: daemon configuration file): the options of the settings, checked once
 * more at this door, and over them what the engine's place in the VM and the isolation need. Throws on options that are
 * not to be used.
 */
export const daemonConfiguration = (
  settings: Pick<VmSettings, 'daemonOptions' | 'ipv6' | 'isolation'>,
): Readonly<Record<string, unknown>> => {
  const checked = checkDaemonOptions(JSON.stringify(settings.daemonOptions));
  if (!checked.ok) throw new Error(`the daemon options cannot be used: ${checked.problems[0]?.message ?? 'no reason'}`);
  const { options } = checked;
  const { over, under } = networking(options, settings.ipv6);
  return {
    ...over,
    ...options,
    ...under,
    'data-root': '/var/lib/docker',
    'storage-driver': 'overlay2',
    // The default runtime stays runc, as under Docker's ECI. Both names are the front; it tells them apart by its own name.
    runtimes: { [ISOLATED_RUNTIME]: { path: '/bulkhead/bin/sysbox-runc' } },
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'default-cgroupns-mode': 'private',
    'shutdown-timeout': STOP_SECONDS,
    'live-restore': false,
    features: { ...part(options, 'features'), 'containerd-snapshotter': false },
    builder: builderOf(options, settings.isolation),
  };
};

/** The variables that tell dockerd its proxies (Docker docs, "Daemon proxy configuration"), in both spellings. */
export const engineProxy = (proxy: ProxyServers | null): Readonly<Record<string, string>> => {
  if (proxy === null) return {};
  const exclude = [...new Set([...proxy.exclude, ...OWN_ADDRESSES])];
  return Object.fromEntries(proxyEnvironment({ ...proxy, exclude }, []));
};
