import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';
import { err, type Failure, ok, type Result } from '../../shared/contract/result.ts';
import type { SettingsNotice } from '../../shared/contract/settings.ts';
import type { UserLayer } from '../../shared/settings/merge.ts';
import { ensureWritable, removeLeftovers, setAside } from './durable.ts';
import { errorCode, explainCode } from './error-code.ts';
import type { RawSettings } from './migrations.ts';
import { type AtomicStore, openStore } from './store.ts';
import { inspectSettings } from './user-disk.ts';
import { changeRaw, changeValues, emptyDocument, type UserChanges, type UserDocument } from './user-document.ts';
import { adoptEdit, type Door, ignoredText } from './user-edits.ts';

/** The user's own settings on disk: only what the user changed, and never a value of the policy. */
export interface UserFile {
  readonly path: string;
  /** As read at launch, with what was saved or taken over since. */
  readonly values: () => UserLayer;
  /** What its owner must know, oldest first. */
  readonly notices: () => readonly SettingsNotice[];
  /**
   * Writes the changes, all or none; on a failure (SETTINGS_FILE) neither the file nor `values` has changed. What was
   * edited by hand and not taken over yet stays in the file.
   */
  readonly save: (changes: UserChanges) => Result<null>;
  /**
   * Looks whether somebody has edited the file, and takes over what passes `door`; a notice names what does not, and
   * the file keeps it. True if values or notices have changed.
   */
  readonly takeOverEdits: (door: Door) => boolean;
}

export interface UserFileOptions {
  readonly now?: () => Date;
  /** What replaces the file; another one in tests. */
  readonly store?: (file: string) => AtomicStore;
}

/** What is on disk now, once a bad file is out of the way. */
type Disk =
  | { readonly kind: 'readable'; readonly document: UserDocument; readonly exists: boolean }
  | { readonly kind: 'refused'; readonly document: UserDocument; readonly failure: Failure };

/** Reads `settings.json` in the directory. A bad file is set aside at once and replaced; the notices say where it went. */
export function openUserFile(directory: string, options: UserFileOptions = {}): UserFile {
  const { now = () => new Date(), store: createStore = openStore } = options;
  const file = path.join(directory, 'settings.json');
  const notices: SettingsNotice[] = [];
  /** What is wrong with the file as it is now, because of an edit. */
  let concern: SettingsNotice | null = null;
  let told = 0;

  const notice = (message: string, about: string = file): SettingsNotice => {
    told += 1;
    return { id: `settings-file-${told}`, message, path: about };
  };
  const tell = (message: string, about: string = file): void => {
    if (!notices.some((each) => each.message === message)) notices.push(notice(message, about));
  };

  const replace = (content: RawSettings): void => {
    ensureWritable(directory);
    createStore(file).replace(content);
  };

  const putAside = (reason: string, consequence: string): Disk => {
    try {
      const target = setAside(file, now());
      tell(`Your settings file was not usable: ${reason}. It was set aside. ${consequence}`, target);
    } catch (error) {
      const message = `Your settings file ${file} is not usable (${reason}) and could not be set aside: ${explainCode(errorCode(error))}.`;
      const remedy = 'Move the file away, then quit Bulkhead and start it again.';
      return { kind: 'refused', document: emptyDocument, failure: { code: 'SETTINGS_FILE', message, remedy } };
    }
    return { kind: 'readable', document: emptyDocument, exists: false };
  };

  const look = (consequence: string): Disk => {
    const found = inspectSettings(file);
    switch (found.kind) {
      case 'missing':
        return { kind: 'readable', document: emptyDocument, exists: false };
      case 'good':
        return { kind: 'readable', document: found.document, exists: true };
      case 'unusable':
        return putAside(found.reason, consequence);
      case 'refused':
        return found;
    }
  };

  const launch = (): UserDocument => {
    removeLeftovers(file);
    const disk = look('All settings are at their defaults, Enhanced Container Isolation among them.');
    if (disk.kind === 'refused') {
      tell(`${disk.failure.message} Changes cannot be saved. ${disk.failure.remedy}`);
    } else if (!disk.exists && notices.length > 0) {
      try {
        replace(changeRaw({}, {}));
      } catch (error) {
        tell(`A new settings file could not be written: ${explainCode(errorCode(error))}.`);
      }
    }
    for (const mistake of disk.document.mistakes) tell(mistake);
    return disk.document;
  };

  const opened = launch();
  let { values } = opened;
  /** What the file held when Bulkhead last read or wrote it, without edits that were not taken over yet. */
  let { raw } = opened;

  const adopt = (document: UserDocument, door: Door): boolean => {
    if (isDeepStrictEqual(document.raw, raw)) return false;
    const adopted = adoptEdit(values, document, door);
    ({ values } = adopted);
    ({ raw } = document);
    for (const { key, failure } of adopted.ignored) tell(ignoredText(key, failure));
    for (const mistake of document.mistakes) tell(mistake);
    return true;
  };

  const concernOf = (message: string | null): SettingsNotice | null => {
    if (message === null) return null;
    return concern?.message === message ? concern : notice(message);
  };

  return {
    path: file,
    values: () => values,
    notices: () => (concern === null ? [...notices] : [...notices, concern]),
    save: (changes) => {
      const disk = look('The settings in use were written into a new one.');
      if (disk.kind === 'refused') return err(disk.failure);
      try {
        replace(changeRaw(disk.exists ? disk.document.raw : raw, changes));
      } catch (error) {
        return err(notSaved(file, errorCode(error)));
      }
      values = changeValues(values, changes);
      raw = changeRaw(raw, changes);
      concern = null;
      return ok(null);
    },
    takeOverEdits: (door) => {
      const found = inspectSettings(file);
      const before = concern;
      concern = concernOf(concernAbout(found, Object.keys(raw).length > 0));
      const hasAdopted = found.kind === 'good' && adopt(found.document, door);
      return hasAdopted || concern !== before;
    },
  };
}

/** What the owner of a file that was edited must know about it as a whole; null if it can be used. */
function concernAbout(found: ReturnType<typeof inspectSettings>, wasThere: boolean): string | null {
  const inUse = 'The settings in use stay as they are';
  switch (found.kind) {
    case 'good':
      return null;
    case 'missing':
      return wasThere ? `Your settings file was removed. ${inUse} and are written again with the next change.` : null;
    case 'unusable':
      return `Your settings file cannot be used as it was edited: ${found.reason}. ${inUse}. Correct the file; the next change of a setting sets it aside and writes a new one.`;
    case 'refused':
      return `${found.failure.message} ${inUse}, and changes cannot be saved. ${found.failure.remedy}`;
  }
}

function notSaved(file: string, code: string): Failure {
  return {
    code: 'SETTINGS_FILE',
    message: `Your settings could not be saved in ${file}: ${explainCode(code)}. Nothing was changed.`,
    remedy: 'Free space on the disk or make the folder writable for you, then try again.',
  };
}
