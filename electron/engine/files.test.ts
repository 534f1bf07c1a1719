import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSparse, ensurePrivateDirectory, socketPath, writeAtomically } from './files.ts';
import { temporaryDirectory } from './testing/temporary.ts';

describe('files', () => {
  it('are replaced as a whole, private, and leave nothing beside them', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'f');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['f']);
  });

  it('stay as they are when they can not be replaced', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'f'));
    await expect(writeAtomically(join(directory, 'f'), 'new')).rejects.toThrow('EISDIR');
    expect(await readdir(directory)).toEqual(['f']);
  });

  it('are not made twice', async () => {
    const directory = await temporaryDirectory();
    expect(await createSparse(join(directory, 'f'), 10)).toBe(true);
    expect(await createSparse(join(directory, 'f'), 20)).toBe(false);
    expect((await lstat(join(directory, 'f'))).size).toBe(10);
    expect(await readdir(directory)).toEqual(['f']);
  });
});

describe('a private directory', () => {
  it('is made, or made private', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b');
    await ensurePrivateDirectory(path);
    await chmod(path, 0o755);
    await ensurePrivateDirectory(path);
    expect((await lstat(path)).mode & 0o777).toBe(0o700);
  });

  it('is not behind a symbolic link', async () => {
    const directory = await temporaryDirectory();
    await symlink('/tmp', join(directory, 'link'));
    await expect(ensurePrivateDirectory(join(directory, 'link'))).rejects.toThrow('not a directory of your own');
  });
});

it("refuses a socket's path that the kernel would cut", () => {
  expect(socketPath('/run/user/1000/bulkhead', 'docker.sock')).toBe('/run/user/1000/bulkhead/docker.sock');
  expect(() => socketPath(`/${'é'.repeat(50)}`, 'docker.sock')).toThrow(/has 113 bytes; a socket's path may have 10/);
});
