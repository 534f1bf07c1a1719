import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A digest of files and folders: their names below `root` and their contents. A missing path counts as such.
 *
 * @param {string} root
 * @param {readonly string[]} paths
 * @param {readonly string[]} [extra] other things that the result depends on, such as a version
 * @returns {string} sha256 in hex
 */
export function digest(root, paths, extra = []) {
  const hash = createHash('sha256');
  for (const text of extra) hash.update(`extra\0${text}\0`);
  for (const start of paths) addPath(hash, root, start);
  return hash.digest('hex');
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} root
 * @param {string} relative
 */
function addPath(hash, root, relative) {
  const full = path.join(root, relative);
  const info = statSync(full, { throwIfNoEntry: false });
  if (info === undefined) {
    hash.update(`missing\0${relative}\0`);
  } else if (info.isDirectory()) {
    for (const name of readdirSync(full).toSorted()) {
      if (name !== 'node_modules') addPath(hash, root, path.join(relative, name));
    }
  } else {
    hash.update(`file\0${relative}\0${info.size}\0`);
    hash.update(readFileSync(full));
  }
}

/**
 * True when `file` says that its step was done with exactly these inputs.
 *
 * @param {string} file
 * @param {string} inputs
 */
export function isStamped(file, inputs) {
  try {
    return readFileSync(file, 'utf8') === inputs;
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @param {string} inputs
 */
export function stamp(file, inputs) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, inputs);
}

/** @param {string} file */
export function unstamp(file) {
  rmSync(file, { force: true });
}
