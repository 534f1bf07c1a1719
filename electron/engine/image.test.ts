import { createHash } from 'node:crypto';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createImageCheck } from './image.ts';
import { temporaryDirectory } from './testing/temporary.ts';

const never = new AbortController().signal;
const NAMES = ['kernel', 'initramfs', 'system', 'bulkhead', 'dockerCli'] as const;

let directory: string;

const manifestOf = (content: (name: string) => string) => ({
  version: 1,
  id: 'abc',
  arch: 'amd64',
  files: Object.fromEntries(
    NAMES.map((name) => [
      name,
      {
        name: `${name}.bin`,
        sha256: createHash('sha256').update(content(name)).digest('hex'),
        size: content(name).length,
      },
    ]),
  ),
  fileServer: [],
  probeImage: 'sha256:1',
});

const write = async (manifest: unknown) => writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));

beforeEach(async () => {
  directory = join(await temporaryDirectory(), 'abc');
  await mkdir(directory);
  for (const name of NAMES) await writeFile(join(directory, `${name}.bin`), `the ${name}`);
  await write(manifestOf((name) => `the ${name}`));
});

describe('an image directory', () => {
  it('gives the paths when everything is as built', async () => {
    const image = await createImageCheck()(directory, never);
    expect(image.paths.kernel).toBe(join(directory, 'kernel.bin'));
    expect(image.manifest.id).toBe('abc');
  });

  it('is refused when a byte changed, also after it was accepted once', async () => {
    const check = createImageCheck();
    await check(directory, never);
    await writeFile(join(directory, 'system.bin'), 'thE system');
    await utimes(join(directory, 'system.bin'), new Date(0), new Date(0));
    await expect(check(directory, never)).rejects.toThrow(/damaged: the contents of .*system\.bin/);
  });

  it('names a missing file, a missing manifest and a wrong size', async () => {
    const check = createImageCheck();
    await writeFile(join(directory, 'kernel.bin'), 'longer than before');
    await expect(check(directory, never)).rejects.toThrow(/kernel\.bin has 18 bytes instead of 10/);
    await rm(join(directory, 'kernel.bin'));
    await expect(check(directory, never)).rejects.toThrow(/incomplete: .*kernel\.bin/);
    await rm(join(directory, 'manifest.json'));
    await expect(check(directory, never)).rejects.toThrow(/not there: .*manifest\.json/);
    await expect(check(directory, never)).rejects.toMatchObject({ failure: { code: 'ENGINE_FAILED' } });
  });

  it('is refused with the place in a manifest that is none', async () => {
    const check = createImageCheck();
    await writeFile(join(directory, 'manifest.json'), '{');
    await expect(check(directory, never)).rejects.toThrow(/manifest\.json is not JSON/);
    const manifest = manifestOf((name) => `the ${name}`);
    await write({ ...manifest, files: { ...manifest.files, kernel: { ...manifest.files['kernel'], name: '../x' } } });
    await expect(check(directory, never)).rejects.toThrow(/files\.kernel\.name/);
    await write({ ...manifest, id: 'other' });
    await expect(check(directory, never)).rejects.toThrow(/belongs to the image other/);
  });
});
