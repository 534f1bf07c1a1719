import { readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import electron, { type IpcMain } from 'electron';
import ElectronStore from 'electron-store';
import { syncDirectory } from './durable.ts';
import { errorCode } from './error-code.ts';
import type { RawSettings } from './migrations.ts';

/** Replaces a whole file at once: a reader, and a machine that loses power, see the old content or the new. Throws. */
export interface AtomicStore {
  readonly replace: (content: RawSettings) => void;
}

/** What is written beside the file, and takes its place once it is known to be whole. */
const STAGED = 'new';

const serialize = (content: RawSettings): string => `${JSON.stringify(content, null, 2)}\n`;

/**
 * electron-store as nothing but a writer: it makes a file with mode 0600 beside the real one and syncs it. Reading,
 * validation and migrations are ours. So is the last step, because a nearly full disk can take a part of a write
 * without an error (write(2)): only a file that was read back whole is renamed over the one there is. A link is
 * followed, so that a file kept elsewhere stays there.
 */
export function openStore(file: string): AtomicStore {
  return {
    replace: (content) => {
      const target = targetOf(file);
      const staged = `${target}.${STAGED}`;
      // Of a write that was killed, or anything else: nobody else has a business with that name.
      rmSync(staged, { recursive: true, force: true });
      try {
        withoutSnap(() => stage(target, content));
        if (readFileSync(staged, 'utf8') !== serialize(content)) throw new Error('only a part of it could be written');
        renameSync(staged, target);
      } catch (error) {
        rmSync(staged, { force: true });
        throw error;
      }
      persist(path.dirname(target));
    },
  };
}

/** The new content is in place already; where this fails, a loss of power may bring the old one back, and whole. */
function persist(directory: string): void {
  try {
    syncDirectory(directory);
  } catch {
    // To call the save failed would be wrong, as every reader sees what was saved.
  }
}

function stage(target: string, content: RawSettings): void {
  const store = new ElectronStore<Record<string, unknown>>({
    cwd: path.dirname(target),
    name: path.basename(target),
    fileExtension: STAGED,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
    configFileMode: 0o600,
    deserialize: () => ({}),
    serialize,
  });
  stopAnsweringWindows();
  store.store = { ...content };
}

function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return file;
    throw error;
  }
}

/** It tells any window that asks where the profile is; no window of ours may ask. Outside Electron there is no ipcMain. */
function stopAnsweringWindows(): void {
  const { ipcMain }: { readonly ipcMain?: IpcMain } = electron;
  ipcMain?.removeAllListeners('electron-store-get-data');
}

/**
 * With SNAP in the environment the store writes in place and not atomically. The variable is there when Bulkhead is
 * started from the terminal of any program that is installed as a snap.
 */
function withoutSnap(work: () => void): void {
  const before = process.env['SNAP'];
  delete process.env['SNAP'];
  try {
    work();
  } finally {
    if (before !== undefined) process.env['SNAP'] = before;
  }
}
