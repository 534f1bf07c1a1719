import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'stamp-'));
  mkdirSync(path.join(root, 'a'));
  writeFileSync(path.join(root, 'a/one'), '1');
});
afterEach(() => rmSync(root, { recursive: true }));

test('the digest follows contents, names, missing paths and extras', () => {
  const all = [digest(root, ['a'])];
  all.push(digest(root, ['a', 'b']), digest(root, ['a'], ['x']));
  writeFileSync(path.join(root, 'a/one'), '2');
  all.push(digest(root, ['a']));
  writeFileSync(path.join(root, 'a/two'), '');
  all.push(digest(root, ['a']));
  expect(new Set(all).size).toBe(all.length);
});

test('the digest of unchanged files is the same, and installed packages do not count', () => {
  const before = digest(root, ['a']);
  mkdirSync(path.join(root, 'a/node_modules'));
  writeFileSync(path.join(root, 'a/node_modules/x'), '');
  expect(digest(root, ['a'])).toBe(before);
});

test('a stamp holds for exactly its inputs, until it is taken away', () => {
  const file = path.join(root, 'deep/stamp');
  expect(isStamped(file, 'x')).toBe(false);
  stamp(file, 'x');
  expect([isStamped(file, 'x'), isStamped(file, 'y')]).toEqual([true, false]);
  unstamp(file);
  expect(isStamped(file, 'x')).toBe(false);
});
