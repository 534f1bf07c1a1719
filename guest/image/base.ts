import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../scripts/command.mjs';
import { digestOf } from './digest.ts';
import { extractVmlinux } from './vmlinux.ts';

/** Debian 13: kernel 6.12 maps ids on every file system that the isolation needs. */
const SUITE = 'trixie';
const PACKAGES = path.join(import.meta.dirname, 'packages.txt');
const CUSTOMIZE = path.join(import.meta.dirname, 'customize.sh');
const BUILD_DEADLINE_MS = 30 * 60_000;

/** What a base consists of; all of it depends on Debian's packages only. */
export const BASE_FILES = {
  kernel: 'vmlinux',
  system: 'system.squashfs',
  dockerCli: 'docker',
  modules: 'modules',
} as const;

/** What the initramfs needs to find the system. */
const EARLY_MODULES = ['virtio_blk', 'squashfs'] as const;

const packages = (): readonly string[] =>
  readFileSync(PACKAGES, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The digest of everything the base is made from. Newer package versions alone do not change it. */
export const baseId = (): string =>
  digestOf([SUITE, packages().join(','), readFileSync(CUSTOMIZE), readFileSync(import.meta.filename)]);

/** Debian's packages as a read-only system, kernel and early modules; made once per `baseId()`. Returns its directory. */
export const buildBase = async (cache: string, onProgress: (text: string) => void): Promise<string> => {
  const bases = path.join(cache, 'bases');
  const directory = path.join(bases, baseId());
  if (existsSync(directory)) return directory;

  mkdirSync(bases, { recursive: true });
  const work = mkdtempSync(path.join(bases, '.building-'));
  try {
    const tar = path.join(work, 'system.tar');
    onProgress('fetching Debian packages');
    await run(
      'mmdebstrap',
      ['--variant=minbase', `--include=${packages().join(',')}`, `--customize-hook=${CUSTOMIZE}`, SUITE, tar],
      { deadlineMs: BUILD_DEADLINE_MS, onLine: (line: string) => onProgress(line.replace(/^I: /, '')) },
    );
    onProgress('taking out the kernel');
    await run('tar', ['-xf', tar, '-C', work, '--wildcards', '--no-anchored', './boot/vmlinuz-*', './docker-cli',
      ...EARLY_MODULES.map((name) => `*/${name}.ko`)]);
    await run('sh', ['-c', 'mkdir modules && find usr/lib/modules -name "*.ko" -exec mv {} modules/ \\; && mv boot/vmlinuz-* vmlinuz && mv docker-cli docker && chmod 755 docker'], { cwd: work });
    writeFileSync(path.join(work, BASE_FILES.kernel), extractVmlinux(readFileSync(path.join(work, 'vmlinuz'))));
    onProgress('compressing the system');
    await run('sh', ['-c', 'exec mksquashfs - system.squashfs -tar -comp zstd -Xcompression-level 3 -no-progress -quiet -wildcards -e docker-cli "boot/*" <system.tar'], { cwd: work });
    for (const rest of ['system.tar', 'boot', 'usr', 'vmlinuz']) rmSync(path.join(work, rest), { recursive: true, force: true });
    renameSync(work, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return directory;
};
