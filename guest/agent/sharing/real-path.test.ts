import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realPath } from './real-path.ts';

let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'real-path-')));
  mkdirSync(path.join(directory, 'share/sub'), { recursive: true });
  symlinkSync('/etc', path.join(directory, 'share/out'));
  symlinkSync('sub', path.join(directory, 'share/in'));
  symlinkSync('loop', path.join(directory, 'share/loop'));
  symlinkSync('/nowhere/at/all', path.join(directory, 'share/dangling'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('where a path leads to', () => {
  it.each([
    ['share/sub', 'share/sub'],
    ['share/in', 'share/sub'],
    ['share/in/', 'share/sub'],
    ['share/in/new/file', 'share/sub/new/file'],
    ['share/in/../in/x', 'share/sub/x'],
    ['share/new', 'share/new'],
    ['share/loop/x', 'share/loop/x'],
    ['share/dangling', 'share/dangling'],
  ])('is, for %s, %s', (given, real) => {
    expect(realPath(path.join(directory, given))).toBe(path.join(directory, real));
  });

  it.each([
    ['share/out', '/etc'],
    ['share/out/passwd', '/etc/passwd'],
    ['share/out/new/directory', '/etc/new/directory'],
  ])('is, for %s, %s outside', (given, real) => {
    expect(realPath(path.join(directory, given))).toBe(real);
  });

  it('is the root for what climbs above it', () => {
    expect(realPath('/../..')).toBe('/');
  });
});
