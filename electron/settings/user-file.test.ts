import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AtomicStore } from './store.ts';
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

  it('keeps edits made by hand in the meantime, which count from the next start', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    writeFileSync(file, '{"schemaVersion":1,"theme":"light","enhancedContainerIsolation":true}');
    expect(opened.save({ startEngineOnLaunch: false }).ok).toBe(true);
    expect(opened.values()).toEqual({ theme: 'dark', startEngineOnLaunch: false });
    expect(messages(opened)).toEqual([expect.stringMatching(/edited while Bulkhead was running/u)]);
    expect(open().values()).toEqual({ theme: 'light', enhancedContainerIsolation: true, startEngineOnLaunch: false });
  });

  it('does not take its own writing for an edit', () => {
    const opened = open();
    opened.save({ theme: 'dark' });
    opened.save({ theme: null, startEngineOnLaunch: false });
    opened.save({ theme: 'light' });
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

  it('because only a part was written puts the old content back', () => {
    open().save({ theme: 'dark' });
    let cut = true;
    const short: AtomicStore = {
      replace: (content) => {
        const text = JSON.stringify(content);
        writeFileSync(file, cut ? text.slice(0, 10) : text);
        cut = false;
      },
    };
    const opened = openUserFile(directory, { store: () => short });
    expect(opened.save({ theme: 'light' })).toMatchObject({ ok: false, error: { code: 'SETTINGS_FILE' } });
    expect(onDisk()).toEqual({ schemaVersion: 1, theme: 'dark' });
    expect(opened.values()).toEqual({ theme: 'dark' });
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

describe('opening', () => {
  it('clears away what a killed write has left', () => {
    writeFileSync(`${file}.tmp-1234567890abcdef`, '{"the');
    writeFileSync(file, '{"theme":"dark"}');
    expect(open().values()).toEqual({ theme: 'dark' });
    expect(readdirSync(directory)).toEqual(['settings.json']);
  });

  it('needs no folder', () => {
    expect(openUserFile(path.join(directory, 'none')).values()).toEqual({});
  });
});
