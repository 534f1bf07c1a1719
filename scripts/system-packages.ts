import { spawnSync } from 'node:child_process';
import { getuid } from 'node:process';
import { run, Stop } from './command.mjs';
import { step } from './progress.mjs';

/** A package under the names that releases of Debian and Ubuntu give it; any of them will do. */
type Package = readonly [string, ...string[]];

export const APP_PACKAGES: readonly Package[] = [
  ['qemu-system-x86'],
  ['xvfb'],
  ['libgtk-3-0', 'libgtk-3-0t64'],
  ['libnss3'],
  ['libasound2', 'libasound2t64'],
  ['libgbm1'],
  ['libatk-bridge2.0-0', 'libatk-bridge2.0-0t64'],
  ['dbus'],
  ['unzip'],
];

/** For the VM image: Debian's packages unpacked, the native helper compiled, the root compressed. */
export const IMAGE_PACKAGES: readonly Package[] = [
  ['mmdebstrap'],
  ['squashfs-tools'],
  ['e2fsprogs'],
  ['cpio'],
  ['busybox-static'],
  ['gcc'],
  ['libc6-dev'],
  ['xz-utils'],
  ['debian-archive-keyring'],
];

/** For `npm run make`. */
export const RELEASE_PACKAGES: readonly Package[] = [['zip'], ['fakeroot'], ['dpkg']];

const APT_MINUTES = 20;
const NEEDS_HUMAN = 3;

/**
 * Installs the system packages that are missing, as root or through a sudo that asks nothing; otherwise stops with the
 * command to run. Costs one dpkg-query when all are there. On a system without dpkg it names them and goes on.
 */
export async function systemPackages(wanted: readonly Package[]): Promise<void> {
  const installed = installedAmong(wanted.flat());
  if (installed === null) {
    console.log(`This system has no dpkg. Bulkhead's set-up needs what Debian calls: ${firstNames(wanted).join(' ')}`);
    return;
  }
  const missing = wanted.filter((names) => !names.some((name) => installed.has(name)));
  if (missing.length === 0) return;
  const sudo = sudoPrefix();
  if (sudo === null) {
    const names = firstNames(missing).join(' ');
    throw new Stop(
      [
        'Some system packages are missing, and installing them needs root. Run this, then try again:',
        '',
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`,
      ].join('\n'),
      NEEDS_HUMAN,
    );
  }
  await step(`system packages: ${firstNames(missing).join(' ')}`, async (report) => {
    await apt(sudo, ['update'], report);
    await apt(sudo, ['install', '-y', '--no-install-recommends', ...missing.map(installableName)], report);
  });
}

const firstNames = (packages: readonly Package[]): readonly string[] => packages.map(([name]) => name);

/** The names that dpkg has fully installed, or null where there is no dpkg. */
function installedAmong(names: readonly string[]): ReadonlySet<string> | null {
  // dpkg-query(1): exits with 1 when a name is unknown, and still lists the others.
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], {
    encoding: 'utf8',
  });
  if (query.error !== undefined) return null;
  const lines = query.stdout.split('\n').map((line) => line.split(' '));
  return new Set(lines.flatMap(([name, status]) => (status === 'installed' && name !== undefined ? [name] : [])));
}

function sudoPrefix(): readonly string[] | null {
  if (getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}

/** The first of the names that apt can install here. */
function installableName(names: Package): string {
  const hasCandidate = (name: string): boolean => {
    const policy = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
    return /^ {2}Candidate: (?!\(none\))/m.test(policy.stdout);
  };
  return names.find(hasCandidate) ?? names[0];
}

async function apt(sudo: readonly string[], args: readonly string[], report: (text: string) => void): Promise<void> {
  const [command = 'env', ...rest] = [
    ...sudo,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C.UTF-8',
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...args,
  ];
  await run(command, rest, { onLine: report, deadlineMs: APT_MINUTES * 60_000 });
}
