/** A sorted copy. Array.prototype.toSorted came with Node 20, and the command also runs on a system's Node 18. */
export function sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const copy = [...items];
  copy.sort(compare);
  return copy;
}
