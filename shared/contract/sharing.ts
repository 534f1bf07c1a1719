/** A directory of the host that the VM can mount: the virtiofs tag and its path, the same on both sides. */
export interface Share {
  readonly tag: string;
  readonly path: string;
}

/**
 * Directories of the VM that are empty, so that directories of the host can appear there under their own paths; made
 * when the image is built. What lies elsewhere would hide files of the VM's own system.
 */
export const SHARE_ROOTS = [
  '/Users',
  '/Volumes',
  '/code',
  '/data',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/projects',
  '/root',
  '/scratch',
  '/srv',
  '/var/home',
  '/work',
  '/workspace',
  '/workspaces',
] as const;

/** The VM has a file system of its own at this one, in which directories of the host can appear. */
export const TEMPORARY_ROOT = '/tmp';
