import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveInRoot } from './tree.ts';

const root = mkdtempSync(path.join(tmpdir(), 'tree-'));

beforeAll(() => {
  for (const directory of ['run', 'var', 'dev', 'a/b']) mkdirSync(path.join(root, directory), { recursive: true });
  symlinkSync('/run', path.join(root, 'var/run'));
  symlinkSync('../../../../etc', path.join(root, 'a/up'));
  symlinkSync('/proc/self/fd', path.join(root, 'a/fd'));
  symlinkSync('/run/shm', path.join(root, 'dev/shm'));
  symlinkSync('loop', path.join(root, 'loop'));
  symlinkSync('b', path.join(root, 'a/beside'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a path in the image', () => {
  it.each([
    ['/x/y', '/x/y'],
    ['/var/run/docker', '/run/docker'],
    ['/a/up/passwd', '/etc/passwd'],
    ['/a/beside/c', '/a/b/c'],
    ['/a/b/../../../..', '/'],
    ['/a/fd/7', '/proc/self/fd/7'],
    ['/dev/shm', '/dev/shm'],
    ['/proc/../etc', '/etc'],
  ])('%s leads to %s', (given, place) => {
    expect(resolveInRoot(root, given)).toBe(place);
  });

  it('is refused when its links have no end', () => {
    expect(() => resolveInRoot(root, '/loop/x')).toThrow('too many levels of symbolic links');
  });
});
