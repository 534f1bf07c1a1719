import { realpathSync } from 'node:fs';

/** Where a path really leads, through all links; null where nothing is there that this user can reach. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
