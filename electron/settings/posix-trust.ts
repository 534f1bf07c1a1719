import { lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { PolicyTrust } from './policy-search.ts';

/** What decides whether a file or folder is in others' hands. */
export type Ownership = Pick<Stats, 'uid' | 'mode'>;

const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;
const PERMISSIONS = 0o7777;

/**
 * Why the file cannot be taken for the administrator's, or null. Anyone who could write it, or replace it in its
 * folder, could write the policy. Modes are enough to see that: with a POSIX ACL the group bits show the most that
 * any named user or group may do (acl(5)).
 */
export function distrustFile(file: string, stats: Ownership, trust: PolicyTrust): string | null {
  if (!trust.owners.includes(stats.uid)) {
    return `The file belongs to user ${stats.uid} and not to root; run as root: chown root "${file}"`;
  }
  if (isWritableByOthers(stats)) {
    return `Others than its owner can change the file (mode ${octal(stats)}); run as root: chmod go-w "${file}"`;
  }
  return null;
}

/**
 * Why a folder on the way to the file cannot be trusted, or null. A sticky folder lets nobody replace what belongs to
 * others (inode(7)), but anyone can put a file there that is missing: good enough further up, but not where
 * it is strict: for the file's own folder, and on the way of a link.
 */
export function distrustFolder(folder: string, stats: Ownership, isStrict: boolean, trust: PolicyTrust): string | null {
  if (!trust.owners.includes(stats.uid)) {
    return `The folder ${folder} belongs to user ${stats.uid} and not to root; run as root: chown root "${folder}"`;
  }
  const isSticky = (stats.mode & STICKY) !== 0;
  if (isWritableByOthers(stats) && (isStrict || !isSticky)) {
    const remedy = `run as root: chmod go-w "${folder}"`;
    return `Others than its owner can replace what is in the folder ${folder} (mode ${octal(stats)}); ${remedy}`;
  }
  return null;
}

/** Why a symbolic link cannot be trusted, or null. Its mode means nothing (symlink(7)); its folder's does. */
export function distrustLink(link: string, stats: Ownership, trust: PolicyTrust): string | null {
  return trust.owners.includes(stats.uid)
    ? null
    : `The symbolic link ${link} belongs to user ${stats.uid} and not to root; run as root: chown -h root "${link}"`;
}

/**
 * A missing file is no policy, unless it is missing because a link leads nowhere: then an administrator wanted
 * something to be there (a share that is not mounted, say). For Windows, where links are not followed.
 */
export function brokenLinkTo(file: string, trust: PolicyTrust): string | null {
  for (const folder of foldersOf(file, trust)) {
    const link = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (link && statSync(folder, { throwIfNoEntry: false }) === undefined) {
      return `The folder ${folder} is a symbolic link that leads nowhere`;
    }
  }
  return null;
}

function foldersOf(file: string, trust: PolicyTrust): readonly string[] {
  const own = path.dirname(file);
  if (!trust.wholePath) return [own];
  const { root } = path.parse(own);
  const names = own
    .slice(root.length)
    .split(path.sep)
    .filter((name) => name !== '');
  return [root, ...names.map((_, index) => path.join(root, ...names.slice(0, index + 1)))];
}

function isWritableByOthers(stats: Ownership): boolean {
  return (stats.mode & GROUP_OR_OTHERS_WRITE) !== 0;
}

function octal(stats: Ownership): string {
  return (stats.mode & PERMISSIONS).toString(8).padStart(4, '0');
}
