/** The content of a uid_map file with one line a range, single spaces and no space at either end (proc(5)). */
export const normaliseUidMap = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .filter((line) => line !== '')
    .join('\n');

/** Ids below this one belong to the VM itself. */
const FIRST_CONTAINER_ID = 65_536;

/**
 * Whether a container with this map is in a user namespace of its own: exactly one range, of 65536 ids from the
 * container's 0, onto ids that are nobody's in the VM (user_namespaces(7)).
 */
export const isIsolated = (uidMap: string): boolean => {
  const match = /^0 (?<outside>\d{1,10}) 65536$/.exec(uidMap);
  const outside = Number(match?.groups?.['outside']);
  return outside >= FIRST_CONTAINER_ID && outside + 65_536 <= 4_294_967_295;
};
