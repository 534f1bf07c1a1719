// Completes package-lock.json after `npm install` from a mirror that lacks other platforms' binary packages: npm leaves
// those out of the lock, and `npm ci` then refuses it everywhere. Entries made here carry no integrity hash, and npm
// installs them on their own platform only.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {{
 *   version?: string,
 *   cpu?: string[],
 *   os?: string[],
 *   libc?: string[],
 *   dev?: boolean,
 *   license?: string,
 *   optional?: boolean,
 *   optionalDependencies?: Record<string, string>,
 * }} LockEntry
 */

const OS = new Map([
  ['android', 'android'],
  ['darwin', 'darwin'],
  ['freebsd', 'freebsd'],
  ['linux', 'linux'],
  ['openharmony', 'openharmony'],
  ['win32', 'win32'],
]);
const CPU = new Map([
  ['arm', 'arm'],
  ['arm64', 'arm64'],
  ['ia32', 'ia32'],
  ['ppc64', 'ppc64'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
  ['x64', 'x64'],
]);
const LIBC = new Map([
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
]);

const file = path.join(path.dirname(import.meta.dirname), 'package-lock.json');
/** @type {{ packages: Record<string, LockEntry> }} */
const lock = JSON.parse(readFileSync(file, 'utf8'));

/**
 * @param {Map<string, string>} names
 * @param {readonly string[]} parts
 */
const known = (names, parts) => parts.flatMap((part) => names.get(part) ?? []);

let added = 0;
for (const owner of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const parts = name.split(/[-/]/);
    const [os, cpu, libc] = [known(OS, parts), known(CPU, parts), known(LIBC, parts)];
    if (key in lock.packages || os.length === 0 || !/^\d/.test(version)) continue;
    lock.packages[key] = {
      version,
      cpu,
      ...(owner.dev === true ? { dev: true } : {}),
      ...(libc.length > 0 && os.includes('linux') ? { libc } : {}),
      optional: true,
      os,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added.`);
