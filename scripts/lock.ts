import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Stop } from './command.mjs';
import { inCache } from './paths.ts';

const POLL_MS = 200;
const DEADLINE_MS = 30 * 60_000;

/** Runs `work` while no other process of this checkout runs work under the same name. A dead owner's lock is taken over. */
export async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = inCache(`${name}.lock`);
  await mkdir(path.dirname(file), { recursive: true });
  const deadline = Date.now() + DEADLINE_MS;
  let told = false;
  while (!(await take(file))) {
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) {
      await rm(file, { force: true });
      continue;
    }
    if (Date.now() > deadline) throw new Stop(`Process ${owner} has held ${file} for too long. End it and try again.`);
    if (!told) console.log(`Waiting for process ${owner}, which does the same work in this checkout.`);
    told = true;
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
