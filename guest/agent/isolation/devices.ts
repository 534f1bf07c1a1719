import type { Device } from './spec-schema.ts';

/** A rule of the device cgroup (OCI runtime spec, config-linux.md, allowed device list). */
export interface DeviceRule {
  readonly allow: boolean;
  readonly access: string;
  readonly type?: 'c';
  readonly major?: number;
  readonly minor?: number;
}

interface Node {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/**
 * Nodes that a container may ask for beside the runtime's own (null, zero, full, random, urandom, tty, console, ptmx): the
 * kernel lets the owner of a user namespace do with them only what concerns that namespace. The runtime makes the node and
 * gives it to the container's root, so nothing else may be on this list.
 */
const OPTIONAL: readonly Node[] = [
  { path: '/dev/fuse', major: 10, minor: 229 },
  { path: '/dev/net/tun', major: 10, minor: 200 },
];

/** Kubernetes in a container expects the kernel's log to be there; it gets the null device under that name. */
const KERNEL_LOG = '/dev/kmsg';
const NULL_DEVICE = { major: 1, minor: 3 };

const ALWAYS_ALLOWED: readonly Omit<Node, 'path'>[] = [
  { major: 1, minor: 3 }, // null
  { major: 1, minor: 5 }, // zero
  { major: 1, minor: 7 }, // full
  { major: 1, minor: 8 }, // random
  { major: 1, minor: 9 }, // urandom
  { major: 5, minor: 0 }, // tty
  { major: 5, minor: 1 }, // console
  { major: 5, minor: 2 }, // ptmx
];
const PSEUDO_TERMINALS = 136;

const node = (path: string, { major, minor }: Omit<Node, 'path'>): Device => ({
  path,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

const isAsked = (asked: readonly Device[], wanted: Node): boolean =>
  asked.some(
    ({ path, type, major, minor }) =>
      path === wanted.path && type === 'c' && major === wanted.major && minor === wanted.minor,
  );

/**
 * The device nodes of the container. Every other node that was asked for is left out without a word, as `--privileged` asks
 * for all that the VM has.
 */
export const devicesFor = (asked: readonly Device[]): readonly Device[] => [
  ...OPTIONAL.filter((wanted) => isAsked(asked, wanted)).map((wanted) => node(wanted.path, wanted)),
  ...(asked.some(({ path }) => path === KERNEL_LOG) ? [node(KERNEL_LOG, NULL_DEVICE)] : []),
];

const allow = (major: number, minor?: number): DeviceRule => ({
  allow: true,
  type: 'c',
  major,
  ...(minor === undefined ? {} : { minor }),
  access: 'rwm',
});

/** The device cgroup's rules for a container with these nodes; whatever rules were asked for do not count. */
export const deviceRulesFor = (devices: readonly Device[]): readonly DeviceRule[] => [
  { allow: false, access: 'rwm' },
  ...ALWAYS_ALLOWED.map(({ major, minor }) => allow(major, minor)),
  allow(PSEUDO_TERMINALS),
  ...OPTIONAL.filter((wanted) => isAsked(devices, wanted)).map(({ major, minor }) => allow(major, minor)),
];
