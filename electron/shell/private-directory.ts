import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The longest path of a UNIX socket in bytes: sun_path holds 108 with its NUL on Linux (unix(7)), 104 on macOS. */
const LONGEST_SOCKET_PATH = 103;

/** Why a directory cannot hold sockets that only its owner may reach. */
export class UnsafeDirectoryError extends Error {
  override readonly name = 'UnsafeDirectoryError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/**
 * Makes `directory` (0700) when it is missing and promises that it is a real directory, not a link, that belongs to
 * `uid` and that nobody else can enter. The directory may lie in /tmp, where anyone could have put it first, so nothing
 * is repaired: what is not ours is refused.
 * @throws UnsafeDirectoryError with a remedy
 */
export function ensurePrivateDirectory(directory: string, uid: number): void {
  mkdirSync(path.dirname(directory), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
  }
  assertPrivateDirectory(directory, uid);
}

/**
 * Promises what ensurePrivateDirectory does of a directory that must be there already.
 * @throws UnsafeDirectoryError with a remedy, and what lstat(2) throws
 */
export function assertPrivateDirectory(directory: string, uid: number): void {
  const found = lstatSync(directory);
  if (!found.isDirectory()) {
    throw new UnsafeDirectoryError(
      `${directory} must be a directory and is ${found.isSymbolicLink() ? 'a symbolic link' : 'not one'}.`,
      'Find out who made it, remove it and start Bulkhead again.',
    );
  }
  if (found.uid !== uid) {
    throw new UnsafeDirectoryError(
      `${directory} belongs to user id ${found.uid}, not to you (${uid}).`,
      'Remove it as its owner or as root, or set XDG_RUNTIME_DIR to a directory of your own.',
    );
  }
  if ((found.mode & 0o077) !== 0) {
    throw new UnsafeDirectoryError(
      `${directory} can be entered by other users (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}).`,
      `Run: chmod 0700 ${directory}`,
    );
  }
}

/** @throws UnsafeDirectoryError when a socket at `socketPath` could not be bound because its path is too long (unix(7)). */
export function assertSocketPathFits(socketPath: string): void {
  const length = Buffer.byteLength(socketPath);
  if (length <= LONGEST_SOCKET_PATH) return;
  throw new UnsafeDirectoryError(
    `The socket path ${socketPath} has ${length} bytes; the system allows ${LONGEST_SOCKET_PATH}.`,
    'Set XDG_RUNTIME_DIR (or BULKHEAD_HOME in a checkout) to a shorter path.',
  );
}

/** Whether `cause` is a system error with this code (errno(3)). */
export const isErrno = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;
