import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { errorCode, explainCode } from './error-code.ts';
import type { PolicyTrust } from './policy-search.ts';
import { distrustFolder, distrustLink, type Ownership } from './posix-trust.ts';

/** What is asked of the file system; both throw errno(3). */
export interface PathView {
  readonly lstat: (at: string) => Ownership & { readonly kind: 'folder' | 'link' | 'other' };
  readonly readlink: (at: string) => string;
}

export type ResolvedPolicy =
  /** A path without links, in folders that can be trusted. What stands there is still to be checked, once it is open. */
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string };

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

const realView: PathView = {
  lstat: (at) => {
    const stats = lstatSync(at);
    const kind = stats.isSymbolicLink() ? 'link' : stats.isDirectory() ? 'folder' : 'other';
    return { uid: stats.uid, mode: stats.mode, kind };
  },
  readlink: (at) => readlinkSync(at),
};

/**
 * Walks a POSIX path as path_resolution(7) does and refuses it if anyone but the administrator could have led it
 * elsewhere: every link must be the administrator's, and so must every folder on the way, also one that `..` leaves
 * again. Once a link is followed, no folder may be open to others, not even a sticky one. Links and folders that only
 * the administrator can change cannot change between this check and the opening of the file either.
 */
export function resolvePolicyPath(file: string, trust: PolicyTrust, view: PathView = realView): ResolvedPolicy {
  let walked: Walk;
  try {
    walked = walk(file, view);
  } catch (error) {
    return refused(`The file could not be read: ${explainCode(errorCode(error))}`);
  }
  const { end, folders, links, broken } = walked;
  if (end === null) {
    return broken === null ? { kind: 'missing' } : refused(`${broken} is a symbolic link that leads nowhere`);
  }
  const own = path.posix.dirname(end);
  const holders = new Set([own, ...links.map(({ at }) => path.posix.dirname(at))]);
  const checked = trust.wholePath ? folders : folders.filter(({ at }) => holders.has(at));
  const isStrict = (folder: string): boolean => links.length > 0 || folder === own;
  const reasons = [
    ...checked.map(({ at, stats }) => distrustFolder(at, stats, isStrict(at), trust)),
    ...links.map(({ at, stats }) => distrustLink(at, stats, trust)),
  ];
  const reason = reasons.find((found) => found !== null);
  return reason === undefined || reason === null ? { kind: 'found', path: end } : refused(reason);
}

interface Visited {
  readonly at: string;
  readonly stats: Ownership;
}

interface Walk {
  /** Null if there is nothing at the end. */
  readonly end: string | null;
  readonly folders: readonly Visited[];
  readonly links: readonly Visited[];
  /** The link whose own target is missing; a file that is missing in a folder which a link leads to breaks no link. */
  readonly broken: string | null;
}

function walk(file: string, view: PathView): Walk {
  const folders: Visited[] = [{ at: '/', stats: view.lstat('/') }];
  /** `after` is how many names follow the link's target. */
  const links: (Visited & { readonly after: number })[] = [];
  let here = '/';
  let ahead = namesOf(file);
  for (;;) {
    const [name, ...rest] = ahead;
    if (name === undefined) return { end: here, folders, links, broken: null };
    ahead = rest;
    const next = path.posix.join(here, name);
    if (name === '..') {
      here = next;
      continue;
    }
    const stats = lstatOrNull(next, view);
    switch (stats?.kind) {
      case undefined:
        return { end: null, folders, links, broken: links.findLast(({ after }) => after <= rest.length)?.at ?? null };
      case 'folder':
        folders.push({ at: next, stats });
        here = next;
        break;
      case 'link': {
        links.push({ at: next, stats, after: rest.length });
        if (links.length > MOST_LINKS) throw errno('ELOOP');
        const target = view.readlink(next);
        if (path.posix.isAbsolute(target)) here = '/';
        ahead = [...namesOf(target), ...rest];
        break;
      }
      case 'other':
        if (rest.length > 0) throw errno('ENOTDIR');
        return { end: next, folders, links, broken: null };
    }
  }
}

function lstatOrNull(at: string, view: PathView): ReturnType<PathView['lstat']> | null {
  try {
    return view.lstat(at);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

const namesOf = (text: string): readonly string[] => text.split('/').filter((name) => name !== '' && name !== '.');

const errno = (code: string): Error => Object.assign(new Error(code), { code });

const refused = (reason: string): ResolvedPolicy => ({ kind: 'refused', reason });
