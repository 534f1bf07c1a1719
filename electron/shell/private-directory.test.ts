import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSocketPathFits, ensurePrivateDirectory, UnsafeDirectoryError } from './private-directory.ts';

const me = process.getuid?.() ?? 0;
let base: string;

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'bh-dir-'));
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

describe('ensurePrivateDirectory', () => {
  it('makes the directory and its parents for the owner alone, and accepts it again', () => {
    const directory = path.join(base, 'a/b');
    ensurePrivateDirectory(directory, me);
    ensurePrivateDirectory(directory, me);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('refuses a directory that others can enter', () => {
    const directory = path.join(base, 'open');
    mkdirSync(directory);
    chmodSync(directory, 0o710);
    expect(() => ensurePrivateDirectory(directory, me)).toThrow(/mode 0710/u);
  });

  it('refuses a directory of somebody else', () => {
    const directory = path.join(base, 'theirs');
    mkdirSync(directory, { mode: 0o700 });
    expect(() => ensurePrivateDirectory(directory, me + 1)).toThrow(/belongs to user id/u);
  });

  it('refuses a link and a file', () => {
    mkdirSync(path.join(base, 'real'), { mode: 0o700 });
    symlinkSync(path.join(base, 'real'), path.join(base, 'link'));
    writeFileSync(path.join(base, 'file'), '');
    expect(() => ensurePrivateDirectory(path.join(base, 'link'), me)).toThrow(/symbolic link/u);
    expect(() => ensurePrivateDirectory(path.join(base, 'file'), me)).toThrow(UnsafeDirectoryError);
  });
});

describe('assertSocketPathFits', () => {
  it('refuses what the system could not bind', () => {
    expect(() => assertSocketPathFits(`/${'a'.repeat(102)}`)).not.toThrow();
    expect(() => assertSocketPathFits(`/${'a'.repeat(103)}`)).toThrow(/104 bytes/u);
  });
});
