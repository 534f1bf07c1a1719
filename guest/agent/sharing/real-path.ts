import { realpathSync } from 'node:fs';
import { posix } from 'node:path';

/**
 * Where an absolute path leads to, with the links in it followed as far as it exists (path_resolution(7)). What is missing, and
 * all behind a link that leads nowhere, stays as it is written: nothing can be made there either (mkdir(2)).
 */
export const realPath = (place: string): string => {
  const clean = posix.resolve('/', place);
  try {
    return realpathSync(clean);
  } catch {
    return clean === '/' ? clean : posix.join(realPath(posix.dirname(clean)), posix.basename(clean));
  }
};
