import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';
import { err, type Failure, ok, type Result } from '../../shared/contract/result.ts';
import type { SettingsNotice } from '../../shared/contract/settings.ts';
import type { UserLayer } from '../../shared/settings/merge.ts';
import { ensureWritable, removeLeftovers, setAside, syncDirectory } from './durable.ts';
import { errorCode, explainCode } from './error-code.ts';
import type { RawSettings } from './migrations.ts';
import { type FileRead, readRegularFile } from './read-file.ts';
import { type AtomicStore, openStore } from './store.ts';
import {
  changeRaw,
  changeValues,
  emptyDocument,
  LARGEST_SETTINGS_BYTES,
  parseDocument,
  type UserChanges,
  type UserDocument,
} from './user-document.ts';

/** The user's own settings on disk: only what the user changed, and never a value of the policy. */
export interface UserFile {
  readonly path: string;
  /** As read at launch, with what was saved since. */
  readonly values: () => UserLayer;
  /** What its owner must know, oldest first. */
  readonly notices: () => readonly SettingsNotice[];
  /** Writes the changes, all or none; on a failure (SETTINGS_FILE) neither the file nor `values` has changed. */
  readonly save: (changes: UserChanges) => Result<null>;
}

export interface UserFileOptions {
  readonly now?: () => Date;
  /** What replaces the file; another one in tests. */
  readonly store?: (directory: string, name: string) => AtomicStore;
}

const NAME = 'settings';

/** What is on disk now, once a bad file is out of the way. */
type Disk =
  | { readonly kind: 'readable'; readonly document: UserDocument; readonly exists: boolean }
  | { readonly kind: 'refused'; readonly document: UserDocument; readonly failure: Failure };

/** Reads `settings.json` in the directory. A bad file is set aside at once and replaced; the notices say where it went. */
export function openUserFile(directory: string, options: UserFileOptions = {}): UserFile {
  const { now = () => new Date(), store: createStore = openStore } = options;
  const file = path.join(directory, `${NAME}.json`);
  const notices: SettingsNotice[] = [];

  const tell = (message: string, about: string = file): void => {
    notices.push({ id: `settings-file-${notices.length + 1}`, message, path: about });
  };

  /** Reads back what was written, because a nearly full disk can take a part of it without an error (write(2)). */
  const replace = (content: RawSettings, previous: RawSettings | null): void => {
    ensureWritable(directory);
    const store = createStore(directory, NAME);
    store.replace(content);
    if (!holds(file, content)) {
      if (previous !== null) store.replace(previous);
      throw new Error('the file did not hold what was written');
    }
    syncDirectory(directory);
  };

  const refuse = (document: UserDocument, message: string, remedy: string): Disk => {
    return { kind: 'refused', document, failure: { code: 'SETTINGS_FILE', message, remedy } };
  };

  const unreadable = (code: string): Disk => {
    const message = `Your settings file ${file} could not be read: ${explainCode(code)}.`;
    return refuse(emptyDocument, message, 'Make the file readable for you, then quit Bulkhead and start it again.');
  };

  const putAside = (reason: string, consequence: string): Disk => {
    try {
      const target = setAside(file, now());
      tell(`Your settings file was not usable: ${reason}. It was set aside. ${consequence}`, target);
    } catch (error) {
      const code = errorCode(error);
      const message = `Your settings file ${file} is not usable (${reason}) and could not be set aside: ${explainCode(code)}.`;
      return refuse(emptyDocument, message, 'Move the file away, then quit Bulkhead and start it again.');
    }
    return { kind: 'readable', document: emptyDocument, exists: false };
  };

  const look = (consequence: string): Disk => {
    const read = readSettings(file);
    switch (read.kind) {
      case 'missing':
        return { kind: 'readable', document: emptyDocument, exists: false };
      case 'notAFile':
        return putAside(read.isDirectory ? 'it is a folder' : 'it is not a file', consequence);
      case 'link':
      case 'failed':
        return unreadable(read.kind === 'link' ? 'ELOOP' : read.code);
      case 'read': {
        const parsed = parseDocument(read.bytes);
        switch (parsed.kind) {
          case 'good':
            return { kind: 'readable', document: parsed.document, exists: true };
          case 'bad':
            return putAside(parsed.reason, consequence);
          case 'newer': {
            const message = `Your settings file ${file} was written by a newer Bulkhead (version ${parsed.version} of its format) and is left as it is.`;
            return refuse(
              { ...parsed.document, mistakes: [] },
              message,
              'Use the newer Bulkhead, or move the file away and start this one again.',
            );
          }
        }
      }
    }
  };

  const launch = (): UserDocument => {
    removeLeftovers(file);
    const disk = look('All settings are at their defaults, Enhanced Container Isolation among them.');
    if (disk.kind === 'refused') {
      tell(`${disk.failure.message} Changes cannot be saved. ${disk.failure.remedy}`);
    } else if (!disk.exists && notices.length > 0) {
      try {
        replace(changeRaw({}, {}), null);
      } catch (error) {
        tell(`A new settings file could not be written: ${explainCode(errorCode(error))}.`);
      }
    }
    for (const mistake of disk.document.mistakes) tell(mistake);
    return disk.document;
  };

  const opened = launch();
  let { values } = opened;
  /** What the file held when Bulkhead last read or wrote it. */
  let { raw } = opened;

  return {
    path: file,
    values: () => values,
    notices: () => [...notices],
    save: (changes) => {
      const disk = look('The settings in use were written into a new one.');
      if (disk.kind === 'refused') return err(disk.failure);
      const edited = disk.exists && !isDeepStrictEqual(disk.document.raw, raw);
      const next = changeRaw(disk.exists ? disk.document.raw : raw, changes);
      try {
        replace(next, disk.exists ? disk.document.raw : null);
      } catch (error) {
        return err(notSaved(file, errorCode(error)));
      }
      if (edited) {
        tell(
          'Your settings file was edited while Bulkhead was running. The edits are kept and count from the next start.',
        );
      }
      values = changeValues(values, changes);
      raw = next;
      return ok(null);
    },
  };
}

function readSettings(file: string): FileRead {
  return readRegularFile(file, LARGEST_SETTINGS_BYTES, true);
}

function holds(file: string, content: RawSettings): boolean {
  const read = readSettings(file);
  const parsed = read.kind === 'read' ? parseDocument(read.bytes) : null;
  return parsed?.kind === 'good' && isDeepStrictEqual(parsed.document.raw, content);
}

function notSaved(file: string, code: string): Failure {
  return {
    code: 'SETTINGS_FILE',
    message: `Your settings could not be saved in ${file}: ${explainCode(code)}. Nothing was changed.`,
    remedy: 'Free space on the disk or make the folder writable for you, then try again.',
  };
}
