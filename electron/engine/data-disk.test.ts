import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataDisk, sizeWarnings } from './data-disk.ts';
import { temporaryDirectory } from './testing/temporary.ts';

const MIB = 1_048_576;

describe('the data disk', () => {
  it('is made sparse and private, and may be formatted until it was mounted', async () => {
    const directory = await temporaryDirectory();
    const disk = await openDataDisk(directory, 65_536);
    const { size, blocks, mode } = await stat(disk.path);
    expect({ size, blocks, mode: mode & 0o777 }).toEqual({ size: 65_536 * MIB, blocks: 0, mode: 0o600 });
    expect(disk.mayFormat).toBe(true);
    expect((await openDataDisk(directory, 65_536)).mayFormat).toBe(true);
    await disk.markMounted();
    await disk.markMounted();
    expect((await openDataDisk(directory, 65_536)).mayFormat).toBe(false);
  });

  it('grows and keeps what it has', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'data.raw'), 'precious');
    const { path } = await openDataDisk(directory, 64);
    expect((await stat(path)).size).toBe(64 * MIB);
    expect(await readStart(path)).toBe('precious');
    expect(await sizeWarnings(directory, 64)).toEqual([]);
  });

  it('never shrinks, and says so', async () => {
    const directory = await temporaryDirectory();
    await openDataDisk(directory, 64);
    const { path } = await openDataDisk(directory, 32);
    expect((await stat(path)).size).toBe(64 * MIB);
    expect(await sizeWarnings(directory, 32)).toEqual([
      {
        message: 'The data disk has 64 MiB, so its limit of 32 MiB is not in force: it can grow but not shrink.',
        remedy: 'Raise the disk usage limit to that size.',
      },
    ]);
  });

  it('may be formatted when it is new although an earlier one was mounted', async () => {
    const directory = await temporaryDirectory();
    const disk = await openDataDisk(directory, 1);
    await disk.markMounted();
    await rm(disk.path);
    expect((await openDataDisk(directory, 1)).mayFormat).toBe(true);
  });

  it('says in words why it cannot have its size', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'data.raw'));
    await expect(openDataDisk(directory, 64)).rejects.toThrow(
      /The data disk .*data\.raw could not be given its size of 64 MiB: EISDIR/u,
    );
  });
});

const readStart = async (path: string): Promise<string> => {
  const handle = await open(path);
  try {
    const { buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.toString();
  } finally {
    await handle.close();
  }
};
