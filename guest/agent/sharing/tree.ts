import { posix } from 'node:path';

/** Whether a path names something in one of the directories that the host shares. Symbolic links are not looked at. */
export const isShared = (place: string, shares: readonly string[]): boolean => {
  const clean = posix.resolve('/', place);
  return shares.some((share) => clean === share || clean.startsWith(`${share}/`));
};
