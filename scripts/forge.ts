import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { run, Stop } from './command.mjs';
import { announce, ELECTRON_TARGET, type ElectronRuntime, electronRuntime } from './electron-runtime.ts';
import { locked } from './lock.ts';
import { inCache, inRoot, ROOT } from './paths.ts';
import { step } from './progress.mjs';
import { main } from './entry.ts';
import { digest, isStamped, stamp } from './stamp.mjs';
import { RELEASE_PACKAGES, systemPackages } from './system-packages.ts';

/** The stand-in, zipped under the name of the release that Forge asks for. Returns the archive's directory. */
async function standInArchives(runtime: ElectronRuntime): Promise<string> {
  const folder = inCache('electron-archives');
  const stampFile = path.join(folder, '.stamp');
  const inputs = digest(runtime.dist, ['version', 'resources', 'electron'], [ELECTRON_TARGET]);
  if (isStamped(stampFile, inputs)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await step('Electron stand-in archive', async () => {
    const archive = path.join(folder, `electron-v${ELECTRON_TARGET}-linux-x64.zip`);
    await run('zip', ['-qry', '-1', `${archive}.new.zip`, '.'], { cwd: runtime.dist });
    await rename(`${archive}.new.zip`, archive);
  });
  stamp(stampFile, inputs);
  return folder;
}

/**
 * The maker of Debian packages is an optional dependency that wants a newer Node than a fresh machine's npm runs on, so
 * that npm has left it out. This process is that newer Node; npm goes by the lock here too.
 */
async function debMaker(): Promise<void> {
  if (process.platform === 'win32' || existsSync(inRoot('node_modules/electron-installer-debian'))) return;
  const npm = process.env['npm_execpath'];
  if (npm === undefined) throw new Stop('Run this through npm: npm run make.');
  await step('npm packages for make', () =>
    run(process.execPath, [npm, 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: ROOT }),
  );
}

/** Runs `electron-forge package` or `make` with the Electron that is there. Returns Forge's exit code. */
async function forge(command: 'package' | 'make', args: readonly string[]): Promise<number> {
  await systemPackages(RELEASE_PACKAGES);
  if (command === 'make') await debMaker();
  const runtime = await electronRuntime();
  console.log(announce(runtime));
  const standIn = runtime.standIn ? { BULKHEAD_STAND_IN_ARCHIVES: await standInArchives(runtime) } : {};
  // Forge bundles into .vite/ as well.
  return locked('build', async () => {
    await rm(inRoot('.vite/.stamp'), { force: true });
    return new Promise<number>((resolve, reject) => {
      const cli = inRoot('node_modules/@electron-forge/cli/dist/electron-forge.js');
      const child = spawn(process.execPath, [cli, command, ...args], {
        cwd: ROOT,
        stdio: 'inherit',
        env: { ...process.env, ...standIn },
      });
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
  });
}

await main(async () => {
  const [command, ...args] = process.argv.slice(2);
  if (command !== 'package' && command !== 'make') throw new Stop('Usage: forge.ts package|make [Forge arguments]', 2);
  return forge(command, args);
});
