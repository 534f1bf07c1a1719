import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { getuid } from 'node:process';
import { listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { ELECTRON_TARGET } from '../../scripts/electron-runtime.ts';
import { inRoot, ROOT } from '../../scripts/paths.ts';
import { editFile, homeWithPolicy, ISOLATION_LOCKED_ON } from '../homes.ts';
import { appUser, expect, giveToAppUser, test } from '../launch.ts';

const OUTPUT = inRoot('out', `Bulkhead-${process.platform}-${process.arch}`);
const EXECUTABLE = path.join(OUTPUT, 'bulkhead-desktop');
const COMMAND = path.join(OUTPUT, 'resources', 'bulkhead.cjs');

test.describe.configure({ mode: 'serial' });

test.describe('the packaged app', () => {
  test.skip(process.platform !== 'linux', 'Packages are made on Linux.');

  test.beforeAll(() => {
    test.setTimeout(180_000);
    execFileSync(process.execPath, [inRoot('scripts/forge.ts'), 'package'], {
      cwd: ROOT,
      stdio: 'pipe',
      env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: appUser().electron.dist },
    });
    // Forge makes it the packager's own; installed, it is everybody's.
    chmodSync(OUTPUT, 0o755);
  });

  test('has every fuse in its safe position', async () => {
    const { [FuseV1Options.WasmTrapHandlers]: wasmTrapHandlers, ...wire } = await getCurrentFuseWire(EXECUTABLE);
    expect(wire).toMatchObject({
      [FuseV1Options.RunAsNode]: FuseState.DISABLE,
      [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: FuseState.DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
    });
    // Electron 33, the stand-in, has no such fuse.
    expect(wasmTrapHandlers).toBe(appUser().electron.standIn ? undefined : FuseState.ENABLE);
  });

  test('does not become Node when its environment says so', () => {
    const { stdout } = spawnSync(EXECUTABLE, ['-p', '"I am " + "Node"'], {
      encoding: 'utf8',
      env: { ELECTRON_RUN_AS_NODE: '1' },
      timeout: 30_000,
    });
    expect(stdout).not.toContain('I am Node');
  });

  test('holds the bundles and nothing of the tests', () => {
    const files = listPackage(path.join(OUTPUT, 'resources', 'app.asar'), { isPack: false });
    expect(files).toContain('/.vite/build/main.cjs');
    expect(files.filter((file) => !/^\/(\.vite(\/(build|renderer)(\/.*)?)?|package\.json)$/.test(file))).toEqual([]);
  });

  test('takes neither its policy nor its directories from the environment', async () => {
    const home = homeWithPolicy(ISOLATION_LOCKED_ON);
    editFile(path.join(home, '.config/bulkhead/settings.json'), { schemaVersion: 1, startEngineOnLaunch: false });
    giveToAppUser(home);
    const { uid, gid, sandbox } = appUser();
    const as = getuid?.() === 0 ? { uid, gid } : {};
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      XDG_RUNTIME_DIR: path.join(home, 'run'),
      BULKHEAD_HOME: path.join(home, 'elsewhere'),
      BULKHEAD_POLICY_DIR: path.join(home, 'policy'),
    };
    const flags = ['--no-window', '--ozone-platform=headless', ...(sandbox ? [] : ['--no-sandbox'])];
    const app = spawn(EXECUTABLE, flags, { cwd: home, env, ...as, stdio: 'ignore' });
    const ended = once(app, 'exit');
    const command = (...args: readonly string[]) =>
      spawnSync(process.execPath, [COMMAND, ...args, '--json'], { cwd: home, env, ...as, encoding: 'utf8' });

    await expect.poll(() => command('policy', 'status').status, { timeout: 30_000 }).toBe(0);
    expect(command('policy', 'status').stdout).not.toContain(path.join(home, 'policy'));
    expect(JSON.parse(command('settings', 'get', 'startEngineOnLaunch').stdout)).toMatchObject({ value: false });
    expect(existsSync(path.join(home, 'elsewhere'))).toBe(false);
    expect(command('quit').status).toBe(0);
    await ended;
    rmSync(home, { recursive: true });
  });

  test(`is marked where it was not made with Electron ${ELECTRON_TARGET}`, () => {
    expect(existsSync(path.join(OUTPUT, 'NOT-FOR-RELEASE.txt'))).toBe(appUser().electron.standIn);
  });
});
