import type { PolicyKey, PolicyKeyState, PolicyLocation } from '../../contract/settings.ts';
import type { FoundValue } from './check.ts';
import type { UnknownKey } from './findings.ts';
import { KEY_NOTES } from './key-notes.ts';
import { obeyedNames } from './keys.ts';
import { sorted } from '../sorted.ts';

/** What Bulkhead does with a known key, and what is worth saying about that. */
export interface KeyStanding {
  readonly state: Exclude<PolicyKeyState, 'unknown'>;
  readonly note: string | null;
}

/** What is worth knowing of keys that are obeyed. */
const OBEYED_NOTES: ReadonlyMap<string, string> = new Map([
  ['analyticsEnabled', 'Bulkhead sends no statistics, whatever the value'],
  ['filesharingAllowedDirectories', 'Users may share these directories and what is in them, and no others'],
  ['defaultNetworkingMode', 'ipv6only gives containers IPv6 beside IPv4, as dual-stack does'],
]);

/** The standing of a known key by its dotted name. What the catalog has a setting for is enforced. */
export function standingOf(name: string): KeyStanding {
  const note = OBEYED_NOTES.get(name) ?? null;
  if (obeyedNames.has(name) || note !== null) return { state: 'enforced', note };
  return { state: 'notApplicable', note: KEY_NOTES.get(name) ?? null };
}

/** Nobody reads more, and the list travels to every client with each snapshot. */
const MOST_UNKNOWN = 100;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 4096;

/** Every key of a valid file in the file's order, of a size that is bounded whatever the file holds. */
export function listKeys(
  values: readonly FoundValue[],
  unknown: readonly UnknownKey[],
  at: (offset: number) => PolicyLocation,
): readonly PolicyKey[] {
  const known = values.map((found) => ({ offset: found.offset, key: knownKey(found, at(found.offset)) }));
  const others = sorted(unknown, (a, b) => a.offset - b.offset)
    .slice(0, MOST_UNKNOWN)
    .map((found) => ({ offset: found.offset, key: unknownKey(found, at(found.offset)) }));
  return sorted([...known, ...others], (a, b) => a.offset - b.offset).map(({ key }) => key);
}

function knownKey({ name, value, locked }: FoundValue, at: PolicyLocation): PolicyKey {
  const standing = standingOf(name);
  return JSON.stringify(value).length > LONGEST_VALUE
    ? { name, ...standing, value: null, locked, at, note: 'The value is too long to show; see the file' }
    : { name, ...standing, value, locked, at };
}

function unknownKey({ name, nearest }: UnknownKey, at: PolicyLocation): PolicyKey {
  const cut = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  const note = nearest === null ? 'Ignored' : `Ignored; did you mean "${nearest}"?`;
  return { name: cut, state: 'unknown', value: null, locked: null, at, note };
}
