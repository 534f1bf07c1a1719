/** A version as Semantic Versioning 2.0.0 defines it; build metadata does not count (its section 10). */
export interface Version {
  readonly core: readonly [number, number, number];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const NUMBER = String.raw`(0|[1-9]\d{0,14})`;
const VERSION = new RegExp(
  String.raw`^v?${NUMBER}\.${NUMBER}\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$`,
  'u',
);

/** Reads "1.2.3", "v1.2.3" or "1.2.3-beta.1"; null for everything else. */
export function parseVersion(text: string): Version | null {
  const found = VERSION.exec(text);
  if (found === null) return null;
  const [, major, minor, patch, prerelease] = found;
  return {
    core: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
  };
}

/** Whether `a` comes after `b` (Semantic Versioning 2.0.0, section 11). */
export function isNewer(a: Version, b: Version): boolean {
  for (const [index, part] of a.core.entries()) {
    const other = b.core[index] ?? 0;
    if (part !== other) return part > other;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return a.prerelease.length === 0 && b.prerelease.length > 0;
  }
  return comparePrereleases(a.prerelease, b.prerelease) > 0;
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = compareIdentifiers(part, other);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Numbers by their value and before words; words by their characters' codes, all of which are ASCII. */
function compareIdentifiers(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/u.test(a), /^\d+$/u.test(b)];
  if (isNumber && isOtherNumber) return Number(a) - Number(b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
