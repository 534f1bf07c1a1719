import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { ELECTRON_TARGET } from '../../scripts/electron-runtime.ts';
import { inRoot, ROOT } from '../../scripts/paths.ts';
import { appUser, expect, test } from '../launch.ts';

const OUTPUT = inRoot('out', `Bulkhead-${process.platform}-${process.arch}`);
const EXECUTABLE = path.join(OUTPUT, 'bulkhead-desktop');

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

  test(`is marked where it was not made with Electron ${ELECTRON_TARGET}`, () => {
    expect(existsSync(path.join(OUTPUT, 'NOT-FOR-RELEASE.txt'))).toBe(appUser().electron.standIn);
  });
});
