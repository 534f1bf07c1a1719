import { type FSWatcher, lstatSync, readlinkSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { errorCode } from './error-code.ts';

interface Listeners {
  /** Something happened to what stands at one of the paths, or to the way there; it may have changed nothing. */
  readonly onChange: () => void;
  /** A folder cannot be watched, so that changes in it go unnoticed. */
  readonly onFault: (cause: unknown) => void;
}

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;
/** Folders can come and go while they are being watched; after so many rounds the next event has to do. */
const MOST_ROUNDS = 10;

/** A folder by its path and identity, and the names in it that matter. */
type Folders = ReadonlyMap<string, { readonly folder: string; readonly names: ReadonlySet<string> }>;

/**
 * Watches what absolute paths lead to, also when nothing is there yet and when links are on the way: every folder that
 * the path passes is watched for the one name that matters in it, because each of them can be made, replaced or linked
 * elsewhere. Events say too little to be relied on, so they only tell the caller to look again.
 */
export function watchPaths(paths: readonly string[], { onChange, onFault }: Listeners): { readonly close: () => void } {
  let watchers = new Map<string, FSWatcher | null>();
  let wanted: Folders = new Map();
  let scheduled = false;
  let closed = false;

  const look = (): void => {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (closed) return;
      arm();
      onChange();
    });
  };

  const open = (key: string, folder: string): FSWatcher | null => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        const isOwn = name === null || name === path.basename(folder);
        if (isOwn || (wanted.get(key)?.names.has(name) ?? false)) look();
      });
      watcher.on('error', onFault);
      return watcher;
    } catch (cause) {
      // What may not be entered cannot be read either, and what has just gone is seen in the folder above.
      if (!['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(cause))) onFault(cause);
      return null;
    }
  };

  const arm = (): void => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      wanted = foldersOf(paths);
      const missing = [...wanted].filter(([key]) => !watchers.has(key));
      for (const [key, watcher] of watchers) if (!wanted.has(key)) watcher?.close();
      watchers = new Map([...watchers].filter(([key]) => wanted.has(key)));
      // Once nothing is missing, no folder has changed since it is being watched.
      if (missing.length === 0) return;
      for (const [key, { folder }] of missing) watchers.set(key, open(key, folder));
    }
  };

  arm();
  return {
    close: () => {
      closed = true;
      for (const watcher of watchers.values()) watcher?.close();
    },
  };
}

function foldersOf(paths: readonly string[]): Folders {
  const found = new Map<string, { readonly folder: string; readonly names: Set<string> }>();
  for (const { folder, name } of paths.flatMap(stepsOf)) {
    const identity = identityOf(folder);
    if (identity === null) continue;
    const key = `${identity} ${folder}`;
    const known = found.get(key) ?? { folder, names: new Set<string>() };
    known.names.add(name);
    found.set(key, known);
  }
  return found;
}

interface Step {
  readonly folder: string;
  readonly name: string;
}

/** Every folder that the path passes, as far as there is one, and the name that is looked up in it. */
function stepsOf(file: string): readonly Step[] {
  const { root } = path.parse(file);
  const steps: Step[] = [];
  let here = root;
  let ahead = namesOf(file.slice(root.length));
  let links = 0;
  for (;;) {
    const [name, ...rest] = ahead;
    if (name === undefined) return steps;
    ahead = rest;
    if (name === '..') {
      here = path.dirname(here);
      continue;
    }
    steps.push({ folder: here, name });
    const next = path.join(here, name);
    const target = targetOf(next);
    if (target === null) {
      here = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return steps;
    if (path.isAbsolute(target)) here = path.parse(target).root;
    ahead = [...namesOf(target.slice(path.parse(target).root.length)), ...rest];
  }
}

/** Where a symbolic link leads; null for everything else, and for nothing. */
function targetOf(at: string): string | null {
  try {
    return lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(at) : null;
  } catch {
    return null;
  }
}

function identityOf(folder: string): string | null {
  try {
    const stats = statSync(folder, { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : null;
  } catch {
    return null;
  }
}

const namesOf = (text: string): readonly string[] =>
  text.split(path.sep === '/' ? '/' : /[\\/]/u).filter((name) => name !== '' && name !== '.');
