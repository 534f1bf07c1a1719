/** A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), as far as the policy looks at it. */
export interface MountEntry {
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The directory of that file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fsType: string;
}

/** A place as the kernel knows it: independent of symbolic links, bind mounts and names in the VM. */
export interface Location {
  readonly device: string;
  /** The path inside the file system. */
  readonly path: string;
  readonly fsType: string;
  readonly mountPoint: string;
}

/** Space, tab, newline and backslash are written as three octal digits. */
const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Reads mountinfo; lines that are not understood are left out, so that nothing is found at their mountpoints. */
export const parseMountinfo = (text: string): readonly MountEntry[] =>
  text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const separator = fields.indexOf('-');
    const [, , device, root, mountPoint] = fields;
    const fsType = fields[separator + 1];
    if (
      separator < 6 ||
      device === undefined ||
      root === undefined ||
      mountPoint === undefined ||
      fsType === undefined
    ) {
      return [];
    }
    return [{ device, root: unescape(root), mountPoint: unescape(mountPoint), fsType }];
  });

/** The part of `path` below `directory`, '' for the directory itself, or null when it is not below it. */
export const below = (directory: string, path: string): string | null => {
  if (path === directory) return '';
  const prefix = directory === '/' ? '/' : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
};

const joined = (directory: string, rest: string): string =>
  rest === '' ? directory : `${directory === '/' ? '' : directory}/${rest}`;

/**
 * Where a path lies; it must be free of symbolic links. The innermost mount above it counts, and of several on one
 * mountpoint the last.
 */
export const locate = (mounts: readonly MountEntry[], path: string): Location | null => {
  let found: Location | null = null;
  for (const mount of mounts) {
    const rest = below(mount.mountPoint, path);
    if (rest === null || (found !== null && mount.mountPoint.length < found.mountPoint.length)) continue;
    found = {
      device: mount.device,
      path: joined(mount.root, rest),
      fsType: mount.fsType,
      mountPoint: mount.mountPoint,
    };
  }
  return found;
};

/** `major:minor` of a device number as stat(2) gives it (makedev(3), glibc's layout). */
export const deviceName = (device: bigint): string => {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
};
