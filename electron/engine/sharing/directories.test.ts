import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary.ts';
import { hasPlaceInVm, shareable } from './directories.ts';

const ask = async (...paths: readonly string[]) => {
  const { shares, warnings } = await shareable(paths.map((path) => ({ path })));
  return { paths: shares.map(({ path }) => path), tags: shares.map(({ tag }) => tag), warnings };
};

describe('a shared directory', () => {
  it.each([
    '/',
    '/etc',
    '/usr/local',
    '/run/user/1000',
    '/var',
    '/var/lib/docker',
    '/proc',
    '/tmp',
    '/bulkhead',
    '/homes',
  ])('is never %s, which would hide a part of the VM', async (path) => {
    expect(hasPlaceInVm(path)).toBe(false);
    const { paths, warnings } = await ask(path);
    expect(paths).toEqual([]);
    expect(warnings[0]?.message).toBe(
      `The directory ${path} is not shared with containers: in the VM its path belongs to the system.`,
    );
  });

  it.each(['/home', '/home/user', '/var/home/user', '/tmp/project', '/Users/me'])('may be %s', (path) => {
    expect(hasPlaceInVm(path)).toBe(true);
  });

  it('is given once, and not again with one that holds it', async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, 'a/b'), { recursive: true });
    await mkdir(join(root, 'ab'));
    expect(await ask(join(root, 'a/b'), join(root, 'a'), `${root}/a/`, join(root, 'ab'))).toEqual({
      paths: [join(root, 'a'), join(root, 'ab')],
      tags: ['share0', 'share1'],
      warnings: [],
    });
  });

  it('that is missing, a file or a link is named with the reason', async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, 'file'), '');
    await symlink('/home', join(root, 'link'));
    const { paths, warnings } = await ask(join(root, 'none'), join(root, 'file'), join(root, 'link'), 'home');
    expect(paths).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('ENOENT'),
      expect.stringContaining('it is not a directory'),
      expect.stringContaining('it leads to /home'),
      expect.stringContaining('its path is not absolute'),
    ]);
  });
});
