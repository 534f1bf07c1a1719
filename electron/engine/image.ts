import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ImageManifest } from '../../shared/contract/vm.ts';
import { engineError, hasErrno, textOf } from './failure.ts';

/** A VM image whose files are what its manifest says. */
export interface Image {
  readonly manifest: ImageManifest;
  /** Absolute path of each file. */
  readonly paths: Readonly<Record<keyof ImageManifest['files'], string>>;
  /** Where the file server lies with its libraries. */
  readonly directory: string;
}

const FILE = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.number().int().nonnegative(),
});

const MANIFEST = z.object({
  version: z.literal(1),
  id: z.string().min(1),
  arch: z.string(),
  files: z.object({ kernel: FILE, initramfs: FILE, system: FILE, bulkhead: FILE, dockerCli: FILE }),
  fileServer: z.array(FILE),
  probeImage: z.string(),
});

const REMEDY = 'Build the VM image again: npm run setup.';

/** Reads the manifest of an image directory, without looking at the files it names. */
export const readManifest = async (directory: string): Promise<ImageManifest> => {
  const path = join(directory, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const missing = hasErrno(error, 'ENOENT');
    throw engineError(
      missing ? `The VM image is not there: ${path} does not exist.` : `The VM image can't be read: ${textOf(error)}.`,
      REMEDY,
      error,
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw engineError(`The VM image is damaged: ${path} is not JSON (${textOf(error)}).`, REMEDY, error);
  }
  const manifest = MANIFEST.safeParse(value);
  if (!manifest.success) {
    const issue = manifest.error.issues[0];
    const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    throw engineError(`The VM image is damaged: ${path} is not a manifest${where}.`, REMEDY);
  }
  if (manifest.data.id !== basename(directory)) {
    throw engineError(`The VM image is damaged: ${path} belongs to the image ${manifest.data.id}.`, REMEDY);
  }
  return manifest.data;
};

const hashOf = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash, { signal });
  return hash.digest('hex');
};

/**
 * Gives a function that checks an image directory against its manifest, every file by its sha256. What was checked
 * once is not read again in this process while its inode, size and modification time stay.
 */
export const createImageCheck = () => {
  const known = new Map<string, string>();

  const check = async (path: string, file: ImageManifest['files']['kernel'], signal: AbortSignal): Promise<void> => {
    const found = await stat(path, { bigint: true }).catch((error: unknown) => {
      throw engineError(`The VM image is incomplete: ${path} can't be read (${textOf(error)}).`, REMEDY, error);
    });
    if (found.size !== BigInt(file.size)) {
      throw engineError(`The VM image is damaged: ${path} has ${found.size} bytes instead of ${file.size}.`, REMEDY);
    }
    const stamp = [found.dev, found.ino, found.size, found.mtimeNs, file.sha256].join(' ');
    if (known.get(path) === stamp) return;
    const hash = await hashOf(path, signal);
    if (hash !== file.sha256) {
      throw engineError(`The VM image is damaged: the contents of ${path} are not what was built.`, REMEDY);
    }
    known.set(path, stamp);
  };

  return async (directory: string, signal: AbortSignal): Promise<Image> => {
    const manifest = await readManifest(directory);
    const { kernel, initramfs, system, bulkhead, dockerCli } = manifest.files;
    const paths = {
      kernel: join(directory, kernel.name),
      initramfs: join(directory, initramfs.name),
      system: join(directory, system.name),
      bulkhead: join(directory, bulkhead.name),
      dockerCli: join(directory, dockerCli.name),
    };
    await check(paths.kernel, kernel, signal);
    await check(paths.initramfs, initramfs, signal);
    await check(paths.system, system, signal);
    await check(paths.bulkhead, bulkhead, signal);
    for (const file of manifest.fileServer) await check(join(directory, file.name), file, signal);
    return { manifest, paths, directory };
  };
};
