import { INITIAL_UID_MAP } from '../../shared/contract/engine.ts';

/** One line of `/proc/PID/uid_map` (user_namespaces(7)): `count` ids from `inside` are `outside` and up in the VM. */
export interface IdMapping {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Reads a map of a single line with single spaces; null for anything else, which is then shown as it was read. */
export function parseUidMap(uidMap: string): IdMapping | null {
  const [, inside, outside, count] = /^(\d{1,10}) (\d{1,10}) (\d{1,10})$/.exec(uidMap) ?? [];
  if (inside === undefined || outside === undefined || count === undefined) return null;
  return { inside: Number(inside), outside: Number(outside), count: Number(count) };
}

/** The short form for a chip: "uid_map 0 → 100000, 65536 ids". */
export function uidMapChip(uidMap: string): string {
  const mapping = parseUidMap(uidMap);
  if (mapping === null) return `uid_map ${uidMap}`;
  if (uidMap === INITIAL_UID_MAP) return 'uid_map 0 → 0, all ids';
  return `uid_map ${mapping.inside} → ${mapping.outside}, ${mapping.count} ids`;
}

/** What the map makes of root in a container, e.g. "root in containers → uid 100000". */
export function rootLine(uidMap: string): string {
  const mapping = parseUidMap(uidMap);
  if (mapping === null || mapping.inside !== 0) return `uid_map ${uidMap}`;
  return `root in containers → uid ${mapping.outside}`;
}
