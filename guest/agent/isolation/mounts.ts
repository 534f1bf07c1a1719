import path from 'node:path';
import { invalidSpec } from './denied.ts';
import { below } from './mountinfo.ts';
import type { AttachFlag } from './plan.ts';
import type { Mount } from './spec-schema.ts';

/** A file or directory of the VM that the container asks to see. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
  /** Flags beside `ro` that were asked for. */
  readonly flags: readonly AttachFlag[];
}

export interface Mounts {
  /** File systems that the runtime makes anew inside the container's namespaces. */
  readonly runtime: readonly Mount[];
  readonly binds: readonly Bind[];
}

/** Mountpoints of the kernel's own file systems, with the types that belong there. */
const KERNEL: ReadonlyMap<string, readonly string[]> = new Map([
  ['/proc', ['proc']],
  ['/dev', ['tmpfs']],
  ['/dev/pts', ['devpts']],
  ['/dev/mqueue', ['mqueue']],
  ['/sys', ['sysfs']],
  ['/sys/fs/cgroup', ['cgroup', 'cgroup2']],
]);

const PLAIN_OPTIONS: ReadonlySet<string> = new Set([
  'ro',
  'rw',
  'nosuid',
  'suid',
  'nodev',
  'dev',
  'noexec',
  'exec',
  'sync',
  'async',
  'dirsync',
  'atime',
  'noatime',
  'diratime',
  'nodiratime',
  'relatime',
  'norelatime',
  'strictatime',
  'nostrictatime',
  'lazytime',
  'nolazytime',
  'private',
  'rprivate',
  'slave',
  'rslave',
]);
const FILE_SYSTEM_OPTION: Readonly<Record<string, RegExp>> = {
  tmpfs: /^(?:size=\d+[kKmMgG%]?|mode=[0-7]{1,4}|uid=\d+|gid=\d+|nr_inodes=\d+[kKmMgG]?|nr_blocks=\d+[kKmMgG]?)$/,
  devpts: /^(?:newinstance|ptmxmode=[0-7]{1,4}|mode=[0-7]{1,4}|gid=\d+|max=\d+)$/,
};
const BIND_OPTIONS: ReadonlySet<string> = new Set([...PLAIN_OPTIONS, 'bind', 'rbind', 'rro']);
const SHARED: ReadonlySet<string> = new Set(['shared', 'rshared']);

const isBind = ({ type, options }: Mount): boolean =>
  type === 'bind' || (options ?? []).some((option) => option === 'bind' || option === 'rbind');

const unsupported = (mount: Mount, what: string): Error => invalidSpec(`the mount at ${mount.destination}: ${what}`);

const cleanDestination = (mount: Mount): string => {
  const destination = path.posix.resolve('/', mount.destination);
  if (!mount.destination.startsWith('/') || mount.destination.includes('\0'))
    throw unsupported(mount, 'the path is not absolute');
  if (destination === '/') throw unsupported(mount, 'the root of the container cannot be replaced');
  return destination;
};

const checkOptions = (mount: Mount, isKnown: (option: string) => boolean): void => {
  for (const option of mount.options ?? []) {
    if (SHARED.has(option)) {
      throw unsupported(
        mount,
        `the propagation ${option} is not available, since nothing a container mounts may reach the VM; leave it out`,
      );
    }
    if (!isKnown(option)) throw unsupported(mount, `the option ${option} is not supported`);
  }
};

const bindOf = (mount: Mount): Bind => {
  const { source, options } = mount;
  const destination = cleanDestination(mount);
  checkOptions(mount, (option) => BIND_OPTIONS.has(option));
  if (source === undefined || !source.startsWith('/') || source.includes('\0'))
    throw unsupported(mount, 'its source is not an absolute path');
  const flags = (['nosuid', 'nodev', 'noexec'] as const).filter((flag) => (options ?? []).includes(flag));
  return {
    source,
    destination,
    readonly: (options ?? []).some((option) => option === 'ro' || option === 'rro'),
    flags,
  };
};

const runtimeMountOf = (mount: Mount): Mount => {
  const type = mount.type ?? '';
  const destination = cleanDestination(mount);
  const expected = KERNEL.get(destination);
  if (expected !== undefined && !expected.includes(type))
    throw unsupported(mount, `a mount of type ${type} does not belong there`);
  if (expected === undefined && type !== 'tmpfs') throw unsupported(mount, `a mount of type ${type} is not supported`);
  if (expected === undefined && ['/proc', '/sys'].some((each) => below(each, destination) !== null)) {
    throw unsupported(mount, 'nothing can be mounted below /proc and /sys');
  }
  checkOptions(mount, (option) => PLAIN_OPTIONS.has(option) || (FILE_SYSTEM_OPTION[type]?.test(option) ?? false));
  return { destination, type, source: type, options: [...(mount.options ?? [])] };
};

/**
 * Sorts the mounts of a spec into those that the runtime makes and those that are attached for it, since only a mount that
 * exists before the container's namespaces is locked in them. Throws Denied for types, places and options that are not
 * known, and when /proc or /dev would not be the container's own.
 */
export const classifyMounts = (mounts: readonly Mount[]): Mounts => {
  const runtime = mounts.filter((mount) => !isBind(mount)).map(runtimeMountOf);
  const binds = mounts.filter(isBind).map(bindOf);
  const destinations = [...runtime, ...binds].map(({ destination }) => destination);
  const twice = destinations.find((destination, at) => destinations.indexOf(destination) !== at);
  if (twice !== undefined) throw invalidSpec(`two mounts at ${twice}`);
  for (const needed of ['/proc', '/dev']) {
    if (!runtime.some(({ destination }) => destination === needed)) throw invalidSpec(`there is no mount at ${needed}`);
  }
  return { runtime, binds };
};

/**
 * A tmpfs with the mode that it gets without isolation: that of its mountpoint where there is one, and everybody's where not.
 * The runtime always finds one, because missing mountpoints are made before it starts.
 */
export const withMode = (mount: Mount, isThere: boolean): Mount => {
  const options = mount.options ?? [];
  if (isThere || options.some((option) => option.startsWith('mode='))) return mount;
  return { ...mount, options: [...options, 'mode=1777'] };
};

/** The kernel does not mount a file system on top of itself. */
const BETWEEN: Mount = { destination: '/sys', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'size=4k', 'mode=755'] };

/**
 * The mounts of a container that may mount, with its /sys twice: one covers the other. In a user namespace the kernel makes a
 * new sysfs only while the mount namespace has one (mount_namespaces(7)), and ip-netns(8) takes the one at /sys away before it
 * mounts its own.
 */
export const withCoveredSysfs = (mounts: readonly Mount[]): readonly Mount[] =>
  mounts.flatMap((mount) => (mount.type === 'sysfs' ? [mount, BETWEEN, mount] : [mount]));
