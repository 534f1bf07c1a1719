import { link, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { engineError, hasErrno } from './failure.ts';
import { writeAtomically } from './files.ts';
import { hostBootId, isAlive, startTimeOf } from './host.ts';

const HOLDER = z.object({ pid: z.number(), startTime: z.string(), hostBootId: z.string() });
type Holder = z.infer<typeof HOLDER>;

export interface Lock {
  readonly release: () => Promise<void>;
}

const readHolder = async (path: string): Promise<Holder | null> => {
  try {
    return HOLDER.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
};

/** The numbers N of the files PATH.N that exist. */
const numbersOf = async (path: string): Promise<readonly number[]> => {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix) && /^\d{1,15}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
};

/**
 * Takes the lock `path` for this process, so that two apps never use one data disk. A holder that died, in this boot
 * of the host or an earlier one, holds nothing.
 *
 * The holder is named by the file PATH.N with the highest number. A dead holder's file is never removed to make room,
 * since two processes doing that could remove each other's; its successor makes PATH.(N+1), which the file system
 * gives to one process only, and holds the lock if that is still the highest.
 */
export const takeLock = async (path: string): Promise<Lock> => {
  const startTime = startTimeOf(process.pid);
  if (startTime === null) throw new Error("this process's start time can't be read");
  const bootId = await hostBootId();
  const draft = join(dirname(path), `${basename(path)}.${randomBytes(6).toString('hex')}.new`);
  await writeAtomically(draft, JSON.stringify({ pid: process.pid, startTime, hostBootId: bootId } satisfies Holder));
  try {
    // A round is lost only to another process that took the lock in the same moment.
    for (let round = 0; round < 100; round += 1) {
      const highest = Math.max(0, ...(await numbersOf(path)));
      const holder = await readHolder(`${path}.${highest}`);
      if (holder !== null && holder.hostBootId === bootId && isAlive(holder)) {
        throw engineError(
          `Another Bulkhead (process ${holder.pid}) uses this data disk: it holds ${path}.`,
          'Quit the other one first, or use its window.',
          undefined,
          'BUSY',
        );
      }
      const own = `${path}.${highest + 1}`;
      const isMade = await link(draft, own).then(
        () => true,
        (error: unknown) => {
          if (hasErrno(error, 'EEXIST')) return false;
          throw error;
        },
      );
      if (!isMade) continue;
      const others = await numbersOf(path);
      if (Math.max(...others) === highest + 1) {
        await Promise.all(others.filter((n) => n <= highest).map((n) => rm(`${path}.${n}`, { force: true })));
        return { release: () => writeAtomically(own, 'null') };
      }
      await rm(own, { force: true });
    }
    throw new Error(`${path} changes hands all the time`);
  } finally {
    await rm(draft, { force: true });
  }
};
