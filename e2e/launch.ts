import { lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { test as base, _electron, type ElectronApplication, type Page } from '@playwright/test';
import { placesOf } from '../electron/shell/places.ts';
import { ROOT } from '../scripts/paths.ts';
import type { AppUser } from './app-user.ts';

export { expect } from '@playwright/test';

const USER_VARIABLE = 'BULKHEAD_E2E_USER';

export interface LaunchOptions {
  /** The app's whole world, as made by makeHome(). Relaunching on the same home finds what the last run left. */
  readonly home?: string;
  /** The directory of the app to start, where it is another than the built one. */
  readonly appDir?: string;
  /** Where the app looks for admin-settings.json instead of the system's directory; by default an empty one in the home. */
  readonly policyDir?: string;
  /** Arguments for the app itself. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface LaunchedApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly home: string;
  readonly policyDir: string;
}

/** Hands the choice of global-setup.ts to the test workers, which inherit its environment. */
export function publishAppUser(user: AppUser): void {
  process.env[USER_VARIABLE] = JSON.stringify(user);
}

/** The user that the app runs as. */
export function appUser(): AppUser {
  const text = process.env[USER_VARIABLE];
  if (text === undefined) throw new Error(`${USER_VARIABLE} is not set: e2e/global-setup.ts did not run.`);
  return JSON.parse(text) as AppUser;
}

/**
 * A new home directory that belongs to the app's user. Its path is short, because a socket's path may have no more than
 * 107 bytes (unix(7)).
 */
export function makeHome(): string {
  const home = mkdtempSync('/tmp/bh-');
  mkdirSync(path.join(home, 'run'), { mode: 0o700 });
  mkdirSync(path.join(home, 'policy'));
  giveToAppUser(home);
  return home;
}

/** Makes files that a test wrote, as root perhaps, the app user's own. */
export function giveToAppUser(target: string): void {
  const { uid, gid } = appUser();
  if (getuid?.() !== 0) return;
  lchownSync(target, uid, gid);
  if (lstatSync(target).isDirectory()) for (const name of readdirSync(target)) giveToAppUser(path.join(target, name));
}

/**
 * Starts the built app as an ordinary user, in Chromium's sandbox where that can work, with a home of its own and the
 * same language, time zone and scale everywhere. The caller closes it; tests better use the `launch` fixture.
 */
export async function launchApp(options: LaunchOptions = {}): Promise<LaunchedApp> {
  const home = options.home ?? makeHome();
  const policyDir = options.policyDir ?? path.join(home, 'policy');
  const app = await launchPastCrash({
    args: [
      options.appDir ?? ROOT,
      '--disable-gpu',
      '--force-device-scale-factor=1',
      '--lang=en-US',
      ...(options.args ?? []),
    ],
    cwd: home,
    chromiumSandbox: appUser().sandbox,
    env: {
      ...inherited(),
      HOME: home,
      XDG_RUNTIME_DIR: path.join(home, 'run'),
      BULKHEAD_HOME: home,
      BULKHEAD_POLICY_DIR: policyDir,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      ...options.env,
    },
  });
  return { app, page: await app.firstWindow(), home, policyDir };
}

/**
 * Electron starts; a second time where the first ended in a segmentation fault before any of our code could run. The
 * stand-in was seen to do so once, in the moment that the debugger attached; 120 starts in a row showed no other.
 * Whatever else goes wrong, and a second crash, fails the test.
 */
async function launchPastCrash(options: Parameters<typeof _electron.launch>[0]): Promise<ElectronApplication> {
  try {
    return await _electron.launch(options);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('signal=SIGSEGV')) throw error;
    console.warn('Electron crashed before it ran the app, and is started once more.');
    return _electron.launch(options);
  }
}

/** Nothing of the tester's own set-up but what a program needs to run at all, and the VM image that the set-up built. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'DISPLAY', 'XAUTHORITY'];
  const { cache } = placesOf({
    platform: process.platform,
    env: process.env,
    home: homedir(),
    uid: getuid?.() ?? -1,
    development: false,
  });
  const found = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(found), BULKHEAD_CACHE: cache };
}

interface Fixtures {
  /** launchApp() whose apps are closed, and whose homes are removed, when the test ends. */
  readonly launch: (options?: LaunchOptions) => Promise<LaunchedApp>;
}

export const test = base.extend<Fixtures>({
  launch: async ({}, use) => {
    const launched: LaunchedApp[] = [];
    await use(async (options) => {
      const one = await launchApp(options);
      launched.push(one);
      return one;
    });
    for (const { app } of launched.toReversed()) await app.close();
    for (const { home } of launched) rmSync(home, { recursive: true, force: true });
  },
});
