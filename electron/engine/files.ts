import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { engineError, hasErrno } from './failure.ts';

/** Makes a rename, link or unlink in `directory` survive a power cut (fsync(2) on the directory). */
const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes a file of mode 0600 that is either the old one or the new one at any moment, also after a power cut. */
export const writeAtomically = async (path: string, content: string): Promise<void> => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
};

/**
 * Creates a file of `size` bytes that takes no space until it is written to (ftruncate(2)), mode 0600. Gives false and
 * leaves everything as it is when the path exists already; the file never exists half-made.
 */
export const createSparse = async (path: string, size: number): Promise<boolean> => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.truncate(size);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike rename, link never replaces what another process put there meanwhile.
    await link(temporary, path);
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
  return true;
};

/** Makes a file `size` bytes long when it is shorter (ftruncate(2)): the new part takes no space until it is written to. */
export const growSparse = async (path: string, size: number): Promise<void> => {
  const handle = await open(path, 'r+');
  try {
    if ((await handle.stat()).size >= size) return;
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Removes a file if it is there, for good. */
export const removeFile = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
};

/**
 * Makes sure that `path` is a directory of the user's own that nobody else can look into (mode 0700): sockets and keys
 * live in such a one. Refuses a symbolic link and a directory of somebody else.
 */
export const ensurePrivateDirectory = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const user = process.getuid?.();
  if (!found.isDirectory() || (user !== undefined && found.uid !== user)) {
    throw engineError(
      `${path} is not a directory of your own.`,
      'Remove it, or choose another directory, and start Bulkhead again.',
    );
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) await chmod(path, 0o700);
};

/** The longest path that a UNIX socket may have: sun_path of unix(7), less its final NUL. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/** The path of a socket in `directory`; throws with words when the kernel would only say EINVAL. */
export const socketPath = (directory: string, name: string): string => {
  const path = join(directory, name);
  const { length } = Buffer.from(path);
  if (length <= MAX_SOCKET_PATH) return path;
  throw engineError(
    `The path ${path} has ${length} bytes; a socket's path may have ${MAX_SOCKET_PATH}.`,
    'Choose a shorter directory for the engine.',
  );
};
