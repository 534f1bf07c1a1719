import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const LAST_CHECK = z.object({
  /** When the feed was asked last, whatever came of it; milliseconds since 1970. */
  at: z.number().nonnegative(),
  /** The newer release that it named then. */
  release: z.object({ version: z.string(), url: z.url({ protocol: /^https$/u }) }).nullable(),
});
export type LastCheck = z.output<typeof LAST_CHECK>;

/** What earlier launches have found out, so that the feed is asked once a day and not at each launch. */
export interface UpdateMemory {
  readonly recall: () => LastCheck | null;
  readonly remember: (last: LastCheck) => void;
}

/** Keeps the last check in a file of the directory. Nothing depends on it but how often the feed is asked. */
export function updateMemory(directory: string): UpdateMemory {
  const file = path.join(directory, 'update-check.json');
  return {
    recall: () => {
      try {
        return LAST_CHECK.parse(JSON.parse(readFileSync(file, 'utf8')));
      } catch {
        return null;
      }
    },
    remember: (last) => {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        writeFileSync(`${file}.new`, `${JSON.stringify(last)}\n`, { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch {
        // A disk that cannot be written costs one more question at the next launch.
      }
    },
  };
}
