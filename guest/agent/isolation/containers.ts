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
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { EarlyTmpfs, Layout } from './layout.ts';
import type { Member } from './ranges.ts';
import { ISOLATING_RUNTIME } from './runtimes.ts';

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

/** The cgroup of a container, below that of all containers whatever parent was asked for; dockerd's own naming. */
export const cgroupOf = (id: string, isBuild: boolean): string =>
  isBuild ? `/docker/buildkit/${id}` : `/docker/${id}`;

/** What the kernel answers for a cgroup that is gone: before its file was opened, and after. */
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENODEV']);

/**
 * Whether processes are in the cgroup or below it (Linux, Documentation/admin-guide/cgroup-v2.rst). The runtime may remove it
 * at any moment, so it is not asked beforehand whether it is there.
 */
const isPopulated = (cgroup: string): boolean => {
  try {
    return /^populated 1$/m.test(readFileSync(path.join(cgroup, 'cgroup.events'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.has(error.code)) return false;
    throw error;
  }
};

/** Whether a process of the container is left. Only such a process has the ids of the container's range. */
export const hasProcesses = (places: Places, { id }: Member): boolean =>
  [false, true].some((isBuild) => isPopulated(path.join(places.cgroups, cgroupOf(id, isBuild))));

/** Whether the runtime still knows the container. It may do so long after its end, when it was killed while it removed it. */
export const isKnownToRuntime = ({ root, id }: Member): boolean => existsSync(path.join(root, id));

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
    const { state } = ISOLATING_RUNTIME;
    const noted: unknown = JSON.parse(readFileSync(path.join(root, id, state.file), 'utf8'));
    const pid = new Map<string, unknown>(Object.entries(noted ?? {})).get(state.pid);
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

/**
 * Makes the container's directory: for the runtime a bundle with the spec, for the front a link to the runtime, by which it
 * knows for every later call that the container is isolated, and the mountpoints.
 */
export const makeDirectory = (
  places: Places,
  id: string,
  image: string,
  layout: Layout,
  { spec, namespaces }: { readonly spec: string; readonly namespaces: readonly string[] },
): void => {
  const directory = directoryOf(places, id);
  makePassable(directory);
  symlinkSync(ISOLATING_RUNTIME.program, path.join(directory, 'runtime'));
  for (const name of ['layers', 'rootfs']) makePassable(path.join(directory, name));
  for (const mountpoint of namespaces) makeFile(mountpoint);
  for (const { path: mountpoint, isDirectory } of layout.staged) {
    if (isDirectory) makePassable(mountpoint);
    else makeFile(mountpoint);
  }
  for (const tmpfs of layout.tmpfs) mountTmpfs(image, tmpfs);
  writeFileSync(path.join(directory, 'config.json'), spec, { mode: 0o600, flag: 'wx' });
};

/** Ends the mounts in the VM itself that only the start of the container needed. */
export const unmountTmpfs = (places: Places, id: string): void => {
  const directory = directoryOf(places, id);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) if (name.startsWith('tmpfs-')) unmountQuietly(path.join(directory, name));
};

/** Removes a directory with files in it, and nothing that is mounted there. */
const removeFlat = (directory: string): void => {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const each = path.join(directory, entry.name);
    if (entry.isDirectory()) rmdirSync(each);
    else unlinkSync(each);
  }
  rmdirSync(directory);
};

/**
 * Removes what is left of a container: its cgroup, its directory and what the runtime has noted. Never recursive: were a
 * layer still mounted there, a recursive removal would take Docker's data with it. A directory that is in use stays, and
 * the error says so.
 */
export const removeRemains = (places: Places, { root, id }: Member): void => {
  for (const isBuild of [false, true]) removeCgroup(path.join(places.cgroups, cgroupOf(id, isBuild)));
  unmountTmpfs(places, id);
  removeFlat(directoryOf(places, id));
  removeFlat(path.join(root, id));
};
