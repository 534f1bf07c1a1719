import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_DISK_SIZE, openDataDisk } from './data-disk.ts';
import { temporaryDirectory } from './testing/temporary.ts';

describe('the data disk', () => {
  it('is made sparse and private, and may be formatted until it was mounted', async () => {
    const directory = await temporaryDirectory();
    const disk = await openDataDisk(directory);
    const { size, blocks, mode } = await stat(disk.path);
    expect({ size, blocks, mode: mode & 0o777 }).toEqual({ size: DATA_DISK_SIZE, blocks: 0, mode: 0o600 });
    expect(disk.mayFormat).toBe(true);
    expect((await openDataDisk(directory)).mayFormat).toBe(true);
    await disk.markMounted();
    await disk.markMounted();
    expect((await openDataDisk(directory)).mayFormat).toBe(false);
  });

  it('is never replaced', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'data.raw'), 'precious');
    const disk = await openDataDisk(directory);
    expect((await stat(disk.path)).size).toBe(8);
  });

  it('may be formatted when it is new although an earlier one was mounted', async () => {
    const directory = await temporaryDirectory();
    const disk = await openDataDisk(directory, 4096);
    await disk.markMounted();
    await rm(disk.path);
    expect((await openDataDisk(directory, 4096)).mayFormat).toBe(true);
  });
});
