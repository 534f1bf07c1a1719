import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { errorCode } from './error-code.ts';

/** Makes the folder if it is missing, for its owner alone. Throws at once where nothing can be written. */
export function ensureWritable(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  accessSync(directory, constants.W_OK);
}

/** Makes renames in the folder survive a loss of power (fsync(2)); Windows cannot and need not be asked. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some network and FUSE file systems have no such thing.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errorCode(error))) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Renames a bad file, or folder, to `NAME.bad-DATE` and returns its new path. Nothing is overwritten. */
export function setAside(file: string, now: Date): string {
  const dated = `${file}.bad-${now.toISOString().slice(0, 19).replaceAll(':', '-')}`;
  let target = dated;
  for (let count = 2; existsSync(target); count += 1) {
    target = `${dated}-${count}`;
  }
  renameSync(file, target);
  syncDirectory(path.dirname(file));
  return target;
}

/** Removes what a write that was killed has left: only one process writes the file, and it is not writing now. */
export function removeLeftovers(file: string): void {
  const directory = path.dirname(file);
  const own = path.basename(file);
  const isLeftover = (name: string): boolean =>
    name === `${own}.new` || /^\.(new\.)?tmp-/u.test(name.slice(own.length));
  try {
    for (const name of readdirSync(directory).filter((each) => each.startsWith(own) && isLeftover(each))) {
      rmSync(path.join(directory, name), { recursive: true, force: true });
    }
  } catch {
    // They are in nobody's way, and a folder that cannot be listed is reported when it is written.
  }
}
