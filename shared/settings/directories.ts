import type { PolicyLocation } from '../contract/settings.ts';
import type { HostFacts } from './host.ts';

/**
 * The directories that users may share, with all that is in them (Docker's filesharingAllowedDirectories). Without a
 * lock of its own it acts as one: what is outside of them is never shared.
 */
export interface DirectoryRule {
  readonly allowed: readonly string[];
  readonly at: PolicyLocation;
}

/** `$HOME`, `$TMP` and `$TEMP` at the beginning of a path, as in Docker's filesharingAllowedDirectories. */
export const expandDirectory = (path: string, { home, temporary }: Pick<HostFacts, 'home' | 'temporary'>): string =>
  path.replace(/^\$HOME(?=\/|$)/u, () => home).replace(/^\$(TMP|TEMP)(?=\/|$)/u, () => temporary);

/**
 * Whether a directory is one of the allowed ones or in one of them, by its name and where it really leads. Names count
 * in their exact case, so that what two file systems may see differently is not allowed; a path with `..` is in none.
 */
export function isAllowed(path: string, allowed: readonly string[], host: HostFacts): boolean {
  const named = expandDirectory(path, host);
  const roots = allowed.map((each) => expandDirectory(each, host));
  if (!isInside(named, roots)) return false;
  const real = host.realPath?.(named) ?? null;
  return real === null || isInside(real, [...roots, ...roots.map((root) => host.realPath?.(root) ?? root)]);
}

function isInside(path: string, roots: readonly string[]): boolean {
  const inner = segments(path);
  if (inner.includes('..')) return false;
  return roots.some((root) => {
    const outer = segments(root);
    return !outer.includes('..') && outer.every((segment, index) => segment === inner[index]);
  });
}

/** A path from the root on; a path of Windows begins with its drive, and only there does a backslash separate. */
function segments(path: string): readonly string[] {
  const separator = /^[A-Za-z]:/u.test(path) ? /[\\/]/u : /\//u;
  return path.split(separator).filter((segment) => segment !== '' && segment !== '.');
}
