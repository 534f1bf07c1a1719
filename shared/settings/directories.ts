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
 * Whether a directory is one of the allowed ones or in one of them. By names alone and in their exact case, so that
 * what two file systems may see differently is not allowed; a path with `..` is in none.
 */
export function isAllowed(path: string, allowed: readonly string[], host: HostFacts): boolean {
  const inner = segments(expandDirectory(path, host));
  if (inner.includes('..')) return false;
  return allowed.some((each) => {
    const outer = segments(expandDirectory(each, host));
    return !outer.includes('..') && outer.every((segment, index) => segment === inner[index]);
  });
}

/** A path from the root on; a path of Windows begins with its drive, and only there does a backslash separate. */
function segments(path: string): readonly string[] {
  const separator = /^[A-Za-z]:/u.test(path) ? /[\\/]/u : /\//u;
  return path.split(separator).filter((segment) => segment !== '' && segment !== '.');
}
