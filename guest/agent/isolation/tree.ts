import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { invalidSpec } from './denied.ts';

/** As many links as the kernel follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** The runtime mounts its own file systems over these. */
const KERNEL: ReadonlySet<string> = new Set(['dev', 'proc', 'sys']);

/**
 * Where `target` would end in a system whose root is `root`: links are followed as if `root` were /, and what does not
 * exist is taken as it is. Returns a path from `root` that starts with /. The front resolves the path again with openat2(2)
 * and is the one that keeps it inside; this tells what the container will have at that place. Below /dev, /proc and /sys
 * that is none of the image's files, so links there are not followed. Throws Denied for a path with too many links.
 */
export const resolveInRoot = (root: string, target: string): string => {
  const pending = target.split('/').toReversed();
  const done: string[] = [];
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const here = path.join(root, ...done, name);
    if (KERNEL.has(done[0] ?? '')) {
      done.push(name);
      continue;
    }
    if (lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      done.push(name);
      continue;
    }
    if (++links > MOST_LINKS) throw invalidSpec(`${target} has too many levels of symbolic links in the image`);
    const link = readlinkSync(here);
    if (link.startsWith('/')) done.length = 0;
    pending.push(...link.split('/').toReversed());
  }
  return `/${done.join('/')}`;
};
