import { z } from 'zod';
import { liesInOwnNetwork, OWN_NETWORK } from '../engine/own-network.ts';
import { choice, type Fields, flag, list, object, scalar, text } from './policy/shape.ts';

const matching = (pattern: RegExp, words: string) => scalar(z.string().regex(pattern, words));
const whole = (minimum: number, maximum: number) => scalar(z.int().min(minimum).max(maximum));

const apart = (words: string) => ({
  error: `${words} outside ${OWN_NETWORK} (the VM's link to this computer)`,
});
const notOwn = (place: string): boolean => !liesInOwnNetwork(place);

const size = matching(/^\d+(\.\d+)? ?([kmgtp]i?)?b?$/iu, 'a size such as "64M"');
const word = matching(/^[^\s,]+$/u, 'a text without spaces and commas');
const address4 = scalar(z.ipv4('an IPv4 address such as "192.0.2.1"').refine(notOwn, apart('an address')));
const address6 = scalar(z.ipv6('an IPv6 address such as "2001:db8::1"'));
const address = scalar(z.union([z.ipv4(), z.ipv6()], 'an IP address such as "192.0.2.1"'));
const range4 = scalar(z.cidrv4('a range such as "172.17.0.0/16"').refine(notOwn, apart('a range')));
const range6 = scalar(z.cidrv6('a range such as "2001:db8:1::/64"').refine(notOwn, apart('a range')));
const range = scalar(
  z.union([z.cidrv4(), z.cidrv6()], 'a range such as "10.10.0.0/16"').refine(notOwn, apart('a range')),
);
/** Engine 26.1 takes neither a path nor a user's name in it (moby registry/config.go, ValidateMirror). */
const mirror = matching(/^https?:\/\/[^\s/?#@]+\/?$/iu, 'a URL without a path such as "https://mirror.example:5000"');

/** Names of resource limits that Docker knows (docker run --ulimit; getrlimit(2)). */
const LIMITS = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const;

/** Options of the drivers json-file and local (Docker docs, "Configure logging drivers"). */
const LOG_OPTIONS = [
  'max-size',
  'max-file',
  'compress',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'mode',
  'max-buffer-size',
  'cache-disabled',
  'cache-max-size',
  'cache-max-file',
  'cache-compress',
] as const;

const each = (names: readonly string[], type: Fields[string]): Fields =>
  Object.fromEntries(names.map((name) => [name, type]));

const unlimited = -1;
const limit = object({
  Name: choice(...LIMITS),
  Hard: whole(unlimited, Number.MAX_SAFE_INTEGER),
  Soft: whole(unlimited, Number.MAX_SAFE_INTEGER),
});

const collection = object({
  enabled: flag,
  defaultKeepStorage: size,
  policy: list(object({ all: flag, keepStorage: size, filter: list(text) })),
});

/**
 * The attributes of the daemon's configuration file (Docker docs, dockerd: "Daemon configuration file", Engine 26.1)
 * that may be set. Each of them decides about images, logs or container networks; none reaches what isolates. What builds
 * may be allowed counts without isolation only.
 */
export const ALLOWED_ATTRIBUTES: Fields = {
  'allow-nondistributable-artifacts': list(word),
  bip: range4,
  builder: object({ gc: collection, Entitlements: object(each(['network-host', 'security-insecure'], flag)) }),
  debug: flag,
  'default-address-pools': list(object({ base: range, size: whole(1, 128) })),
  'default-gateway': address4,
  'default-gateway-v6': address6,
  'default-ipc-mode': choice('private', 'shareable'),
  'default-network-opts': object({ bridge: object({ 'com.docker.network.driver.mtu': text }) }),
  'default-shm-size': size,
  'default-ulimits': object(each(LIMITS, limit)),
  dns: list(address),
  'dns-opts': list(word),
  'dns-search': list(word),
  experimental: flag,
  features: object({ buildkit: flag }),
  'fixed-cidr': range4,
  'fixed-cidr-v6': range6,
  icc: flag,
  init: flag,
  'insecure-registries': list(word),
  labels: list(matching(/^[^=\s]+=.*$/u, 'a label such as "site=berlin"')),
  'log-driver': choice('json-file', 'local', 'none'),
  'log-format': choice('text', 'json'),
  'log-level': choice('debug', 'info', 'warn', 'error', 'fatal'),
  'log-opts': object(each(LOG_OPTIONS, text)),
  'max-concurrent-downloads': whole(1, 1000),
  'max-concurrent-uploads': whole(1, 1000),
  'max-download-attempts': whole(1, 1000),
  mtu: whole(68, 65_535),
  'no-new-privileges': flag,
  'raw-logs': flag,
  'registry-mirrors': list(mirror),
};

const RUNTIME = 'it decides how containers are isolated, which Bulkhead does';
const SOCKET = 'Bulkhead gives the engine its only socket, behind a gateway that checks every request';
const STORAGE = "it is Bulkhead's own: the engine's data lies on the VM's data disk";
const PROGRAM = 'it names a program that would run as root of the VM';
const VM_FILE = 'it names a file or directory of the VM, which only Bulkhead has';
const CONTAINERD =
  'Bulkhead runs containerd with a configuration of its own, so that no container escapes the isolation';
const FIREWALL = "the VM's networks and its firewall depend on it";
const PROXIES = 'use "proxy" or "containersProxy" in a policy, or Resources > Proxies; they can be locked';
const NETWORKING = 'use "defaultNetworkingMode" in a policy, or Resources > Network; it can be locked';
const SWARM = 'the engine of Bulkhead is no member of a swarm';
const STOPPING = 'Bulkhead decides how long a stop of the VM may take and what survives it';

/** The attributes that exist and may not be set, with the reason. */
export const REFUSED_ATTRIBUTES: Readonly<Record<string, string>> = {
  'api-cors-header': 'web pages could then control the engine',
  'authorization-plugins': SOCKET,
  bridge: FIREWALL,
  'cdi-spec-dirs': 'it would give devices of the VM to containers',
  'cgroup-parent': RUNTIME,
  containerd: CONTAINERD,
  'containerd-namespace': CONTAINERD,
  'containerd-plugins-namespace': CONTAINERD,
  'cpu-rt-period': 'it needs version 1 of control groups',
  'cpu-rt-runtime': 'it needs version 1 of control groups',
  'cri-containerd': CONTAINERD,
  'data-root': STORAGE,
  'default-cgroupns-mode': RUNTIME,
  'default-runtime': RUNTIME,
  'exec-opts': RUNTIME,
  'exec-root': VM_FILE,
  group: SOCKET,
  'host-gateway-ip': 'Bulkhead decides which address stands for the host',
  hosts: SOCKET,
  'http-proxy': PROXIES,
  'https-proxy': PROXIES,
  'init-path': PROGRAM,
  ip: 'use "portBindingBehavior" in a policy, or Resources > Network; it can be locked',
  'ip-forward': FIREWALL,
  'ip-masq': FIREWALL,
  ip6tables: NETWORKING,
  iptables: FIREWALL,
  ipv6: NETWORKING,
  'live-restore': STOPPING,
  'metrics-addr': 'the VM serves nothing but the engine',
  'network-control-plane-mtu': SWARM,
  'no-proxy': PROXIES,
  'node-generic-resources': SWARM,
  pidfile: VM_FILE,
  proxies: PROXIES,
  rootless: RUNTIME,
  runtimes: RUNTIME,
  'seccomp-profile': RUNTIME,
  'selinux-enabled': "the VM's kernel has no SELinux",
  'shutdown-timeout': STOPPING,
  'storage-driver': STORAGE,
  'storage-opts': STORAGE,
  'swarm-default-advertise-addr': SWARM,
  tls: SOCKET,
  tlscacert: SOCKET,
  tlscert: SOCKET,
  tlskey: SOCKET,
  tlsverify: SOCKET,
  'userland-proxy': FIREWALL,
  'userland-proxy-path': PROGRAM,
  'userns-remap': RUNTIME,
};

/** The same for attributes inside an allowed one, as dotted names. */
export const REFUSED_FIELDS: Readonly<Record<string, string>> = {
  'features.cdi': 'it would give devices of the VM to containers',
  'features.containerd-snapshotter': STORAGE,
};
