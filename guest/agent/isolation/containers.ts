import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { EarlyTmpfs, Layout } from './layout.ts';
import type { Member } from './ranges.ts';

/** Where things are in the VM. */
export interface Places {
  /** Docker's data root. */
  readonly docker: string;
  /** One directory for each isolated container; its parents must be open to all, since mapped ids pass through them. */
  readonly containers: string;
  readonly cgroups: string;
}

export const PLACES: Places = {
  docker: '/var/lib/docker',
  containers: '/run/bulkhead-c',
  cgroups: '/sys/fs/cgroup',
};

/** Where the VM has mount(8): in Debian's directories or among its own tools. */
const TOOLS = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/bulkhead/bin' };

/** The isolating runtime's state directory when it is called without --root (crun, libcrun/status.c). */
export const DEFAULT_ROOT = '/run/crun';

/** The cgroup of a container, below that of all containers whatever parent was asked for; dockerd's own naming. */
export const cgroupOf = (id: string, isBuild: boolean): string =>
  isBuild ? `/docker/buildkit/${id}` : `/docker/${id}`;

/** Whether processes are in the cgroup or below it (Linux, Documentation/admin-guide/cgroup-v2.rst). */
const isPopulated = (cgroup: string): boolean => {
  const events = path.join(cgroup, 'cgroup.events');
  return existsSync(events) && /^populated 1$/m.test(readFileSync(events, 'utf8'));
};

/** Whether the runtime still knows the container or a process of it is left. */
export const existsInRuntime = (places: Places, { root, id }: Member): boolean =>
  existsSync(path.join(root, id)) ||
  [false, true].some((isBuild) => isPopulated(path.join(places.cgroups, cgroupOf(id, isBuild))));

/** Removes a cgroup that the runtime was killed before it could remove; one with processes stays (rmdir(2)). */
const removeCgroup = (cgroup: string): void => {
  if (!existsSync(cgroup)) return;
  for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(path.join(cgroup, entry.name));
  }
  rmdirSync(cgroup);
};

/** The inode of a process's user namespace, which names it (namespaces(7)); null when there is no such process. */
export const userNamespaceOf = (pid: number): bigint | null => {
  try {
    return statSync(`/proc/${pid}/ns/user`, { bigint: true }).ino;
  } catch {
    return null;
  }
};

/** The first process of a container as the runtime has noted it, or null before and after its life. */
export const initProcessOf = ({ root, id }: Member): number | null => {
  try {
    const status: unknown = JSON.parse(readFileSync(path.join(root, id, 'status'), 'utf8'));
    const pid = typeof status === 'object' && status !== null && 'pid' in status ? status.pid : null;
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
};

/** The container's own directory. */
export const directoryOf = (places: Places, id: string): string => path.join(places.containers, id);

const mountTmpfs = (image: string, { directory, options, place }: EarlyTmpfs): void => {
  const replaced = lstatSync(path.join(image, place), { throwIfNoEntry: false });
  // As the runtime does: a tmpfs takes the permissions of the directory that it covers.
  const mode =
    replaced?.isDirectory() === true && !options.some((option) => option.startsWith('mode='))
      ? [`mode=${(replaced.mode & 0o7777).toString(8)}`]
      : [];
  const list = [...options, ...mode].join(',');
  execFileSync('mount', ['-t', 'tmpfs', ...(list === '' ? [] : ['-o', list]), 'tmpfs', directory], {
    env: TOOLS,
  });
};

const unmountQuietly = (directory: string): void => {
  try {
    execFileSync('umount', [directory], { env: TOOLS, stdio: 'ignore' });
  } catch {
    // It was not mounted, or rmdir will say that it still is.
  }
};

/** Whatever the umask: mapped ids pass through these directories. */
const makePassable = (directory: string): void => {
  mkdirSync(directory);
  chmodSync(directory, 0o711);
};

const makeFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600));

/** Makes the container's directory with the spec for the runtime and the mountpoints. Returns the path of the spec. */
export const makeDirectory = (
  places: Places,
  id: string,
  image: string,
  layout: Layout,
  { spec, namespaces }: { readonly spec: string; readonly namespaces: readonly string[] },
): string => {
  const directory = directoryOf(places, id);
  makePassable(directory);
  for (const name of ['layers', 'rootfs']) makePassable(path.join(directory, name));
  for (const mountpoint of namespaces) makeFile(mountpoint);
  for (const { path: mountpoint, isDirectory } of layout.staged) {
    if (isDirectory) makePassable(mountpoint);
    else makeFile(mountpoint);
  }
  for (const tmpfs of layout.tmpfs) mountTmpfs(image, tmpfs);
  const config = path.join(directory, 'config.json');
  writeFileSync(config, spec, { mode: 0o600, flag: 'wx' });
  return config;
};

/** Ends the mounts in the VM itself that only the start of the container needed. */
export const unmountTmpfs = (places: Places, id: string): void => {
  const directory = directoryOf(places, id);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) if (name.startsWith('tmpfs-')) unmountQuietly(path.join(directory, name));
};

/**
 * Removes what is left of a container: its cgroup and its directory. Never recursive: were a layer still mounted there, a recursive removal would take
 * Docker's data with it. A directory that is in use stays, and the error says so.
 */
export const removeRemains = (places: Places, id: string): void => {
  for (const isBuild of [false, true]) removeCgroup(path.join(places.cgroups, cgroupOf(id, isBuild)));
  const directory = directoryOf(places, id);
  if (!existsSync(directory)) return;
  unmountTmpfs(places, id);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const each = path.join(directory, entry.name);
    if (entry.isDirectory()) rmdirSync(each);
    else unlinkSync(each);
  }
  rmdirSync(directory);
};
