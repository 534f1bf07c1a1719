import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AtomicStore } from './store.ts';
import type { Door } from './user-edits.ts';
import { openUserFile, type UserFile } from './user-file.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const now = (): Date => new Date('2026-11-22T01:39:05.123Z');

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(realpathSync(tmpdir()), 'settings-'));
  file = path.join(directory, 'settings.json');
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const open = (): UserFile => openUserFile(directory, { now });
const onDisk = (): unknown => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const messages = (opened: UserFile): readonly string[] => opened.notices().map(({ message }) => message);

/** Root is not stopped by permissions, so the effective user is another one while `work` runs. */
function asOrdinaryUser<T>(work: () => T): T {
  if (!isRoot) return work();
  process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

const openDoor = (): null => null;

function failing(code: string): AtomicStore {
  return {
    replace: () => {
      throw Object.assign(new Error(code), { code });
    },
  };
}

describe('saving', () => {
  it('writes only what was changed, for its owner alone, and nothing before that', () => {
    const opened = open();
    expect(readdirSync(directory)).toEqual([]);
    expect(opened.save({ theme: 'dark' })).toEqual({ ok: true, value: null });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['settings.json']);
    expect(open().values()).toEqual({ theme: 'dark' });
  });

  it('makes the folder for its owner alone', () => {
    const inner = path.join(directory, 'a/b');
    openUserFile(inner).save({ theme: 'dark' });
    expect(statSync(inner).mode & 0o777).toBe(0o700);
  });

  it('replaces the file and never writes into it, also in a terminal of a snap', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    const { ino } = statSync(file);
    process.env['SNAP'] = '/snap/editor/1';
    opened.save({ theme: 'light' });
    expect(process.env['SNAP']).toBe('/snap/editor/1');
    delete process.env['SNAP'];
    expect(statSync(file).ino).not.toBe(ino);
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'light' });
  });

  it('keeps what it does not understand', () => {
    writeFileSync(file, '{"theme":"purple","future":{"a":[1,null]},"startEngineOnLaunch":false}');
    const opened = open();
    expect(messages(opened)).toEqual([
      '"purple" is no value for "theme" and is ignored: expected "system", "light" or "dark".',
      'There is no setting "future"',
    ]);
    expect(opened.values()).toEqual({ startEngineOnLaunch: false });
    opened.save({ enhancedContainerIsolation: true });
    expect(onDisk()).toEqual({
      schemaVersion: 1,
      theme: 'purple',
      future: { a: [1, null] },
      startEngineOnLaunch: false,
      enhancedContainerIsolation: true,
    });
  });

  it('keeps edits made by hand in the meantime, which are taken over afterwards', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    writeFileSync(file, '{"schemaVersion":1,"theme":"light","enhancedContainerIsolation":true}');
    expect(opened.save({ startEngineOnLaunch: false }).ok).toBe(true);
    expect(opened.values()).toEqual({ theme: 'dark', startEngineOnLaunch: false });
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(opened.values()).toEqual({ theme: 'light', enhancedContainerIsolation: true, startEngineOnLaunch: false });
    expect(opened.notices()).toEqual([]);
    expect(open().values()).toEqual(opened.values());
  });

  it('does not take its own writing for an edit', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    opened.save({ theme: null, startEngineOnLaunch: false });
    opened.save({ theme: 'light' });
    expect(opened.takeOverEdits(openDoor)).toBe(false);
    expect(opened.notices()).toEqual([]);
  });

  it('writes a file anew that was deleted or broken in the meantime', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    rmSync(file);
    opened.save({ startEngineOnLaunch: false });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark', startEngineOnLaunch: false });
    writeFileSync(file, 'x');
    opened.save({ enhancedContainerIsolation: true });
    expect(onDisk()).toEqual({
      schemaVersion: 1,
      theme: 'dark',
      startEngineOnLaunch: false,
      enhancedContainerIsolation: true,
    });
    expect(readFileSync(opened.notices()[0]?.path ?? '', 'utf8')).toBe('x');
  });
});

describe('a save that fails', () => {
  it.each([
    ['ENOSPC', /the disk is full/u],
    ['EROFS', /read-only/u],
    ['EIO', /disk reported an error/u],
  ])('with %s changes nothing', (code, reason) => {
    open().save({ theme: 'dark' });
    const opened = openUserFile(directory, { store: () => failing(code) });
    const saved = opened.save({ theme: 'light' });
    expect(saved).toMatchObject({
      ok: false,
      error: { code: 'SETTINGS_FILE', message: expect.stringMatching(reason) as unknown },
    });
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark' });
  });

  it('because the folder is read-only changes nothing', () => {
    open().save({ theme: 'dark' });
    if (isRoot) chownSync(file, NOBODY, NOBODY);
    chmodSync(directory, 0o555);
    const result = asOrdinaryUser(() => {
      const opened = open();
      return { saved: opened.save({ theme: 'light' }), values: opened.values() };
    });
    chmodSync(directory, 0o755);
    expect(result).toMatchObject({ saved: { ok: false, error: { code: 'SETTINGS_FILE' } }, values: { theme: 'dark' } });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark' });
    expect(readdirSync(directory)).toEqual(['settings.json']);
  });
});

describe('a file that is not usable', () => {
  it.each([
    ['cut off', '{"theme":"da'],
    ['empty', ''],
    ['zeroed by a crash', '\u0000'.repeat(64)],
    ['no object', '[1]'],
  ])('is set aside and replaced when it is %s', (_, content) => {
    writeFileSync(file, content);
    const opened = open();
    const aside = `${file}.bad-2026-11-22T01-39-05`;
    expect(opened.notices()).toMatchObject([
      { path: aside, message: expect.stringMatching(/was set aside\. All settings are/u) as unknown },
    ]);
    expect(readFileSync(aside, 'utf8')).toBe(content);
    expect(onDisk()).toEqual({ schemaVersion: 1 });
    expect(opened.values()).toEqual({});
    expect(opened.save({ theme: 'dark' }).ok).toBe(true);
    expect(open().notices()).toEqual([]);
  });

  it('never overwrites one that was set aside before', () => {
    for (const content of ['one', 'two', 'three']) {
      writeFileSync(file, content);
      open();
    }
    const aside = readdirSync(directory).filter((name) => name.includes('.bad-'));
    expect(aside.map((name) => readFileSync(path.join(directory, name), 'utf8')).toSorted()).toEqual([
      'one',
      'three',
      'two',
    ]);
  });

  it('is set aside when it is a folder', () => {
    mkdirSync(file);
    writeFileSync(path.join(file, 'inside'), '');
    const opened = open();
    expect(existsSync(path.join(opened.notices()[0]?.path ?? '', 'inside'))).toBe(true);
    expect(opened.save({ theme: 'dark' }).ok).toBe(true);
  });

  it('stays where it is when it cannot be set aside, and changes are refused', () => {
    writeFileSync(file, 'x');
    chmodSync(file, 0o644);
    chmodSync(directory, 0o555);
    const result = asOrdinaryUser(() => {
      const opened = open();
      return { messages: messages(opened), saved: opened.save({ theme: 'dark' }) };
    });
    chmodSync(directory, 0o755);
    expect(result.messages).toEqual([expect.stringMatching(/could not be set aside: permission denied/u)]);
    expect(result.saved).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it('stays where it is when it may not be read, and changes are refused', () => {
    writeFileSync(file, '{"theme":"dark"}');
    chmodSync(file, 0o000);
    chmodSync(directory, 0o777);
    const result = asOrdinaryUser(() => {
      const opened = open();
      return { messages: messages(opened), saved: opened.save({ theme: 'light' }) };
    });
    chmodSync(file, 0o600);
    expect(result.messages).toEqual([expect.stringMatching(/could not be read: permission denied/u)]);
    expect(result.saved).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(readFileSync(file, 'utf8')).toBe('{"theme":"dark"}');
  });

  it('of a newer Bulkhead is read as far as possible and not rewritten', () => {
    const content = '{"schemaVersion":2,"theme":"dark","novelty":1}';
    writeFileSync(file, content);
    const opened = open();
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(messages(opened)).toEqual([expect.stringMatching(/written by a newer Bulkhead \(version 2/u)]);
    expect(opened.save({ theme: 'light' })).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(readFileSync(file, 'utf8')).toBe(content);
  });
});

describe('an edit by hand', () => {
  const locked: Door = (changes) =>
    'theme' in changes ? { code: 'LOCKED', message: 'It is locked.', remedy: 'Ask.' } : null;

  const edit = (content: string): void => writeFileSync(file, content);

  it('is taken over, also the removal of a value', () => {
    const opened = open();
    opened.save({ theme: 'dark', cpus: 4 });
    edit('{"cpus":3,"swapMiB":0}');
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(opened.values()).toEqual({ cpus: 3, swapMiB: 0 });
    expect(opened.takeOverEdits(openDoor)).toBe(false);
    expect(opened.notices()).toEqual([]);
  });

  it('counts but for what does not pass the door, which is named and stays in the file', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    edit('{"theme":"light","cpus":3}');
    expect(opened.takeOverEdits(locked)).toBe(true);
    expect(opened.values()).toEqual({ theme: 'dark', cpus: 3 });
    expect(messages(opened)).toEqual(['Your edit of "theme" in the settings file is ignored: It is locked.']);
    opened.save({ swapMiB: 0 });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'light', cpus: 3, swapMiB: 0 });
    expect(opened.takeOverEdits(locked)).toBe(false);
  });

  it('passes as far as the door lets several values pass together', () => {
    const opened = open();
    const notBoth: Door = (changes) =>
      'cpus' in changes && 'swapMiB' in changes ? { code: 'INVALID', message: 'Not both.', remedy: 'One.' } : null;
    edit('{"theme":"dark","cpus":3,"swapMiB":0}');
    opened.takeOverEdits(notBoth);
    expect(opened.values()).toEqual({ theme: 'dark', cpus: 3 });
    expect(messages(opened)).toEqual(['Your edit of "swapMiB" in the settings file is ignored: Not both.']);
  });

  it('to a value that is none leaves the one in use', () => {
    const opened = open();
    opened.save({ enhancedContainerIsolation: true });
    edit('{"enhancedContainerIsolation":"yes","teme":"dark"}');
    opened.takeOverEdits(openDoor);
    expect(opened.values()).toEqual({ enhancedContainerIsolation: true });
    expect(messages(opened)).toEqual([
      expect.stringMatching(/^"yes" is no value for "enhancedContainerIsolation" and is ignored/u),
      'There is no setting "teme"; did you mean "theme"?',
    ]);
  });

  it('that is not JSON is refused with its place, kept until the next save and then set aside', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    edit('{\n  "theme": "light"\n  "cpus": 3\n}\n');
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(opened.takeOverEdits(openDoor)).toBe(false);
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(messages(opened)).toEqual([expect.stringMatching(/not JSON \(line 3, column 3: .*settings in use stay/u)]);
    expect(readdirSync(directory)).toEqual(['settings.json']);
    opened.save({ cpus: 4 });
    expect(messages(opened)).toEqual([expect.stringMatching(/line 3, column 3.*It was set aside/u)]);
    expect(readFileSync(opened.notices()[0]?.path ?? '', 'utf8')).toContain('"light"');
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark', cpus: 4 });
  });

  it('that was put right is no longer complained of', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    for (const content of ['', '{"theme":', '\u0000'.repeat(20)]) {
      edit(content);
      expect(opened.takeOverEdits(openDoor)).toBe(true);
      expect(opened.notices()).toHaveLength(1);
    }
    edit('\u{FEFF}{"theme":"light"}');
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(opened.notices()).toEqual([]);
    expect(opened.values()).toEqual({ theme: 'light' });
  });

  it('that removes the file leaves the values in use, and says so', () => {
    const opened = open();
    expect(opened.takeOverEdits(openDoor)).toBe(false);
    opened.save({ theme: 'dark' });
    rmSync(file);
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(messages(opened)).toEqual([expect.stringMatching(/was removed/u)]);
    expect(opened.values()).toEqual({ theme: 'dark' });
    opened.save({ cpus: 4 });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark', cpus: 4 });
    expect(opened.notices()).toEqual([]);
  });

  it('by a newer Bulkhead is not taken over, and the file not rewritten', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    const content = '{"schemaVersion":2,"theme":"light"}';
    edit(content);
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(messages(opened)).toEqual([expect.stringMatching(/newer Bulkhead/u)]);
    expect(opened.save({ cpus: 4 })).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it.each([
    ['a folder', () => mkdirSync(file), /it is a folder/u],
    ['a named pipe', () => execFileSync('mkfifo', [file]), /it is not a file/u],
    ['a link to itself', () => symlinkSync(file, file), /too many symbolic links/u],
  ])('that puts %s there is named, and neither waits nor loses a value', (_, put, reason) => {
    const opened = open();
    opened.save({ theme: 'dark' });
    rmSync(file);
    put();
    expect(opened.takeOverEdits(openDoor)).toBe(true);
    expect(messages(opened)).toEqual([expect.stringMatching(reason)]);
    expect(opened.values()).toEqual({ theme: 'dark' });
    const saved = opened.save({ cpus: 4 });
    if (saved.ok) expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark', cpus: 4 });
    else expect(opened.values()).toEqual({ theme: 'dark' });
  });
});

describe('a link to a file that is kept elsewhere', () => {
  it('stays, and the file that it leads to is replaced', () => {
    const kept = path.join(directory, 'dotfiles.json');
    writeFileSync(kept, '{"theme":"dark"}');
    symlinkSync('dotfiles.json', file);
    const opened = open();
    expect(opened.values()).toEqual({ theme: 'dark' });
    expect(opened.save({ cpus: 4 }).ok).toBe(true);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual({ schemaVersion: 1, theme: 'dark', cpus: 4 });
    expect(readdirSync(directory).toSorted()).toEqual(['dotfiles.json', 'settings.json']);
  });
});

describe('opening', () => {
  it('clears away what a killed write has left', () => {
    for (const name of ['.tmp-1234567890abcdef', '.new', '.new.tmp-1234567890abcdef']) {
      writeFileSync(`${file}${name}`, '{"the');
    }
    writeFileSync(file, '{"theme":"dark"}');
    expect(open().values()).toEqual({ theme: 'dark' });
    expect(readdirSync(directory)).toEqual(['settings.json']);
  });

  it('clears away nothing else', () => {
    writeFileSync(`${file}.bad-2026-11-22T01-39-05`, 'x');
    writeFileSync(`${file}.newer`, 'x');
    open();
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('needs no folder', () => {
    expect(openUserFile(path.join(directory, 'none')).values()).toEqual({});
  });
});
