import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { errorCode } from './error-code.ts';

export type FileRead =
  | { readonly kind: 'missing' }
  /** `stats` are those of the opened file, so no other file can have taken its place in between. */
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly stats: Stats }
  | { readonly kind: 'link' }
  | { readonly kind: 'notAFile'; readonly isDirectory: boolean }
  | { readonly kind: 'failed'; readonly code: string };

/**
 * Reads a regular file, at most `limit` bytes and one more, by which the caller sees that it is too large. Never waits
 * for a pipe or a device (O_NONBLOCK, open(2)). With `follow` false a symbolic link at the end of the path is not read.
 */
export function readRegularFile(path: string, limit: number, follow: boolean): FileRead {
  // Windows has neither flag; there the caller's checks on the path have to do.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (follow ? 0 : (constants.O_NOFOLLOW ?? 0));
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return { kind: 'missing' };
    return code === 'ELOOP' && !follow ? { kind: 'link' } : { kind: 'failed', code };
  }
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile()
      ? { kind: 'read', bytes: readUpTo(descriptor, limit + 1), stats }
      : { kind: 'notAFile', isDirectory: stats.isDirectory() };
  } catch (error) {
    return { kind: 'failed', code: errorCode(error) };
  } finally {
    close(descriptor);
  }
}

/** What was read is read: an error now says nothing about it. */
function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Linux has let go of the descriptor all the same (close(2)).
  }
}

function readUpTo(descriptor: number, limit: number): Uint8Array {
  const buffer = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const read = readSync(descriptor, buffer, length, limit - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.slice(0, length);
}
