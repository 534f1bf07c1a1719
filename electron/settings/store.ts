import electron, { type IpcMain } from 'electron';
import ElectronStore from 'electron-store';
import type { RawSettings } from './migrations.ts';

/** Replaces a whole file at once: a reader, and a machine that loses power, see the old content or the new. Throws. */
export interface AtomicStore {
  readonly replace: (content: RawSettings) => void;
}

/**
 * electron-store as nothing but that: it writes a temporary file with mode 0600, syncs it and renames it. Reading,
 * validation and migrations are ours, so it is told to read nothing into what the file holds.
 */
export function openStore(directory: string, name: string): AtomicStore {
  const store = new ElectronStore<Record<string, unknown>>({
    cwd: directory,
    name,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
    configFileMode: 0o600,
    deserialize: () => ({}),
    serialize: (content) => `${JSON.stringify(content, null, 2)}\n`,
  });
  stopAnsweringWindows();
  return {
    replace: (content) => {
      withoutSnap(() => {
        store.store = { ...content };
      });
    },
  };
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
