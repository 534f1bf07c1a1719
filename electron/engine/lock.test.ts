import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostBootId, startTimeOf } from './host.ts';
import { takeLock } from './lock.ts';
import { idleProcess } from './testing/processes.ts';
import { temporaryDirectory } from './testing/temporary.ts';

describe('the lock', () => {
  it('is held by one process at a time and can be taken again after its release', async () => {
    const path = join(await temporaryDirectory(), 'lock');
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toMatchObject({ failure: { code: 'BUSY' } });
    await expect(takeLock(path)).rejects.toThrow(`process ${process.pid}`);
    await lock.release();
    await (await takeLock(path)).release();
  });

  it('is taken by exactly one of many', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'lock');
    await writeFile(`${path}.3`, JSON.stringify({ pid: 4_194_305, startTime: '1', hostBootId: await hostBootId() }));
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => takeLock(path)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['lock.4']);
  });

  it.each([
    ['of a dead process', async () => ({ pid: 4_194_305, startTime: '1', hostBootId: await hostBootId() })],
    [
      'of another process with the same id',
      async () => ({ pid: process.pid, startTime: '0', hostBootId: await hostBootId() }),
    ],
    [
      'of an earlier boot of the host',
      () => Promise.resolve({ pid: process.pid, startTime: startTimeOf(process.pid), hostBootId: 'earlier' }),
    ],
    ['that is damaged', () => Promise.resolve(null)],
  ])('%s is taken over', async (_, holder) => {
    const path = join(await temporaryDirectory(), 'lock');
    await writeFile(`${path}.3`, JSON.stringify(await holder()));
    await takeLock(path);
    expect(JSON.parse(await readFile(`${path}.4`, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('of a living process is respected', async () => {
    const path = join(await temporaryDirectory(), 'lock');
    const { identity } = idleProcess();
    await writeFile(`${path}.3`, JSON.stringify({ ...identity, hostBootId: await hostBootId() }));
    await expect(takeLock(path)).rejects.toThrow(`process ${identity.pid}`);
  });
});
