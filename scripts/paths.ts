import path from 'node:path';

/** The checkout. */
export const ROOT = path.dirname(import.meta.dirname);
/** What the set-up makes and can make again; ignored by git. */
export const CACHE = path.join(ROOT, '.cache');
export const BUILD = path.join(ROOT, '.vite');

export const inRoot = (...parts: readonly string[]): string => path.join(ROOT, ...parts);
export const inCache = (...parts: readonly string[]): string => path.join(CACHE, ...parts);
