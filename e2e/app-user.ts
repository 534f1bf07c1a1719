import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getuid } from 'node:process';
import type { ElectronRuntime } from '../scripts/electron-runtime.ts';
import { BUILD, inCache, inRoot } from '../scripts/paths.ts';

/** The user that the app runs as in tests. */
export interface AppUser {
  readonly uid: number;
  readonly gid: number;
  /** Whether Chromium's sandbox can work for this user. */
  readonly sandbox: boolean;
  /** Directory for ELECTRON_OVERRIDE_DIST_PATH that starts Electron as this user. */
  readonly dist: string;
  /** The Electron that is started. */
  readonly electron: ElectronRuntime;
}

const NAME = 'nobody';
const GROUP = 'nogroup';

/**
 * Chooses an ordinary user: this process's own, or nobody when it is root, because Chromium has no sandbox as root and a
 * test of a locked setting is worth little when the tester may do everything. Root is kept, with a warning, where nobody
 * cannot read the checkout.
 */
export function chooseAppUser(electron: ElectronRuntime): AppUser {
  const { dist } = electron;
  const uid = getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  if (uid !== 0) return { uid, gid, sandbox: true, dist, electron };
  const ordinary = { uid: idOf('-u'), gid: idOf('-g') };
  if (ordinary.uid === null || ordinary.gid === null || !isReadable(dist)) {
    console.warn(
      `Warning: the app is tested as root, without Chromium's sandbox, because the user ${NAME} cannot read ${inRoot()}. ` +
        'Use a checkout whose parent directories others can enter.',
    );
    return { uid, gid, sandbox: false, dist, electron };
  }
  return { uid: ordinary.uid, gid: ordinary.gid, sandbox: true, dist: launcherFor(dist), electron };
}

/** setpriv(1) replaces itself with the command, so that signals and the exit code are the app's own. */
const asOrdinaryUser = ['setpriv', '--reuid', NAME, '--regid', GROUP, '--clear-groups', '--'] as const;

function idOf(flag: '-u' | '-g'): number | null {
  const id = spawnSync('id', [flag, NAME], { encoding: 'utf8' });
  return id.status === 0 ? Number(id.stdout) : null;
}

function isReadable(dist: string): boolean {
  const files = [inRoot('package.json'), path.join(BUILD, 'build', 'main.cjs'), path.join(dist, 'electron')];
  const [command, ...args] = asOrdinaryUser;
  return files.every((file) => spawnSync(command, [...args, 'test', '-r', file]).status === 0);
}

function launcherFor(dist: string): string {
  const folder = inCache('electron-as-nobody');
  const launcher = path.join(folder, 'electron');
  mkdirSync(folder, { recursive: true });
  writeFileSync(launcher, `#!/bin/sh\nexec ${asOrdinaryUser.join(' ')} '${path.join(dist, 'electron')}' "$@"\n`);
  chmodSync(launcher, 0o755);
  return folder;
}
