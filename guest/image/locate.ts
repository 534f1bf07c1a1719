import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Which of the built images is the one that this checkout's sources made. */
const POINTER = 'current';

export const imagesDirectory = (cacheDirectory: string): string => path.join(cacheDirectory, 'images');
export const imagePointer = (cacheDirectory: string): string => path.join(imagesDirectory(cacheDirectory), POINTER);

/** The directory of the image that was built last, or null when none was. It is verified before use, not here. */
export const currentImageDirectory = (cacheDirectory: string): string | null => {
  try {
    const id = readFileSync(imagePointer(cacheDirectory), 'utf8').trim();
    return /^[0-9a-f]{64}$/.test(id) ? path.join(imagesDirectory(cacheDirectory), id) : null;
  } catch {
    return null;
  }
};
