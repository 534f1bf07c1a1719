import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ImageManifest } from '../../shared/contract/vm.ts';
import { buildBase, baseId, BASE_FILES } from './base.ts';
import { digestOf, digestOfFile } from './digest.ts';
import { buildInitramfs } from './initramfs.ts';
import { buildLayer, layerInputs } from './layer.ts';
import { imagePointer, imagesDirectory } from './locate.ts';
import { probeImage } from './probe-image.ts';

export interface BuildOptions {
  readonly onProgress: (text: string) => void;
  /** Where images are kept; by default the user's cache, or the system's when root builds for everyone. */
  readonly cacheDirectory?: string;
}

/** BULKHEAD_CACHE, else /var/cache/bulkhead for root, else the user's cache directory (XDG base directory specification). */
export const defaultCacheDirectory = (): string => {
  const { BULKHEAD_CACHE, XDG_CACHE_HOME } = process.env;
  if (BULKHEAD_CACHE !== undefined && BULKHEAD_CACHE !== '') return BULKHEAD_CACHE;
  if (process.getuid?.() === 0) return '/var/cache/bulkhead';
  return path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'bulkhead');
};

const FILES = {
  kernel: 'vmlinux',
  initramfs: 'initramfs.cpio',
  system: 'system.squashfs',
  bulkhead: 'bulkhead.squashfs',
  dockerCli: 'docker',
} as const satisfies Readonly<Record<keyof ImageManifest['files'], string>>;

const isComplete = (directory: string): boolean => existsSync(path.join(directory, 'manifest.json'));

/** Large files are shared between images; a cache on a file system without hard links gets copies. */
const shareFile = (from: string, to: string): void => {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
};

const describe = (
  directory: string,
  id: string,
  probeImageId: string,
  fileServer: readonly string[],
): ImageManifest => {
  const describeFile = (name: string): ImageManifest['files']['kernel'] => {
    const file = path.join(directory, name);
    return { name, sha256: digestOfFile(file), size: statSync(file).size };
  };
  return {
    version: 1,
    id,
    arch: 'x86_64',
    files: {
      kernel: describeFile(FILES.kernel),
      initramfs: describeFile(FILES.initramfs),
      system: describeFile(FILES.system),
      bulkhead: describeFile(FILES.bulkhead),
      dockerCli: describeFile(FILES.dockerCli),
    },
    fileServer: fileServer.map(describeFile),
    probeImage: probeImageId,
  };
};

/**
 * Builds the VM's image from Debian's packages and this checkout, or finds it built: the directory is named by a digest
 * of everything that goes in. The image appears whole or not at all. Throws with the failing tool's output.
 */
export const buildImage = async (
  options: BuildOptions,
): Promise<{ readonly directory: string; readonly id: string }> => {
  const cache = options.cacheDirectory ?? defaultCacheDirectory();
  const images = imagesDirectory(cache);
  mkdirSync(images, { recursive: true });

  const inputs = await layerInputs();
  const id = digestOf([baseId(), ...inputs.digests]);
  const directory = path.join(images, id);
  if (!isComplete(directory)) {
    const base = await buildBase(cache, options.onProgress);
    options.onProgress('adding the agent and the runtime front');
    const work = mkdtempSync(path.join(images, '.building-'));
    try {
      for (const name of [BASE_FILES.kernel, BASE_FILES.system, BASE_FILES.dockerCli]) {
        shareFile(path.join(base, name), path.join(work, name));
      }
      const server = path.join(base, BASE_FILES.fileServer);
      const fileServer = readdirSync(server).toSorted();
      for (const name of fileServer) shareFile(path.join(server, name), path.join(work, name));
      const probe = probeImage();
      await buildLayer(inputs, probe, path.join(work, FILES.bulkhead));
      await buildInitramfs(path.join(base, BASE_FILES.modules), path.join(work, FILES.initramfs));
      writeFileSync(
        path.join(work, 'manifest.json'),
        `${JSON.stringify(describe(work, id, probe.id, fileServer), null, 2)}\n`,
      );
      chmodSync(work, 0o755);
      rmSync(directory, { recursive: true, force: true });
      renameSync(work, directory);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const pointer = imagePointer(cache);
  if (!existsSync(pointer) || readFileSync(pointer, 'utf8').trim() !== id) {
    writeFileSync(`${pointer}.new`, `${id}\n`);
    renameSync(`${pointer}.new`, pointer);
  }
  options.onProgress(`image ${id.slice(0, 12)}`);
  return { directory, id };
};

if (process.argv[1] === import.meta.filename) {
  const image = await buildImage({ onProgress: (text) => console.error(text) });
  console.log(image.directory);
}
