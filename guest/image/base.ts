import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { run } from '../../scripts/command.mjs';
import { digestOf } from './digest.ts';
import { extractVmlinux } from './vmlinux.ts';

/** Debian 13: kernel 6.12 maps ids on every file system that the isolation needs. */
const SUITE = 'trixie';
const PACKAGES = path.join(import.meta.dirname, 'packages.txt');
const CUSTOMIZE = path.join(import.meta.dirname, 'customize.sh');
const MODULES = path.join(import.meta.dirname, 'modules.txt');
const BUILD_DEADLINE_MS = 30 * 60_000;

/** What a base consists of; all of it depends on Debian's packages only. */
export const BASE_FILES = {
  kernel: 'vmlinux',
  system: 'system.squashfs',
  dockerCli: 'docker',
  modules: 'modules',
  fileServer: 'file-server',
} as const;

const packages = (): readonly string[] =>
  readFileSync(PACKAGES, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The digest of everything the base is made from. Newer package versions alone do not change it. */
export const baseId = (): string =>
  digestOf([
    SUITE,
    packages().join(','),
    ...[CUSTOMIZE, MODULES, import.meta.filename].map((file) => readFileSync(file)),
  ]);

/** Debian's packages as a read-only system, kernel and early modules; made once per `baseId()`. Returns its directory. */
export const buildBase = async (cache: string, onProgress: (text: string) => void): Promise<string> => {
  const bases = path.join(cache, 'bases');
  const directory = path.join(bases, baseId());
  if (existsSync(directory)) return directory;

  mkdirSync(bases, { recursive: true });
  const work = mkdtempSync(path.join(bases, '.building-'));
  try {
    onProgress('fetching Debian packages');
    await run(
      'mmdebstrap',
      [
        '--variant=minbase',
        `--include=${packages().join(',')}`,
        `--customize-hook=${CUSTOMIZE}`,
        `--customize-hook=copy-out /export ${work}`,
        '--customize-hook=rm -r "$1/export"',
        SUITE,
        path.join(work, 'system.tar'),
      ],
      { deadlineMs: BUILD_DEADLINE_MS, onLine: (line: string) => onProgress(line.replace(/^I: /, '')) },
    );
    const exported = path.join(work, 'export');
    renameSync(path.join(exported, 'docker'), path.join(work, BASE_FILES.dockerCli));
    renameSync(path.join(exported, 'modules'), path.join(work, BASE_FILES.modules));
    renameSync(path.join(exported, 'file-server'), path.join(work, BASE_FILES.fileServer));
    writeFileSync(path.join(work, BASE_FILES.kernel), extractVmlinux(readFileSync(path.join(exported, 'vmlinuz'))));
    onProgress('compressing the system');
    await run(
      'sh',
      ['-c', 'exec mksquashfs - "$2" -tar -comp lz4 -no-progress -quiet <"$1"', 'sh', 'system.tar', BASE_FILES.system],
      { cwd: work },
    );
    rmSync(exported, { recursive: true });
    rmSync(path.join(work, 'system.tar'));
    chmodSync(work, 0o755);
    renameSync(work, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return directory;
};
