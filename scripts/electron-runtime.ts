import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { run, Stop } from './command.mjs';
import { inRoot } from './paths.ts';
import { step } from './progress.mjs';
import { preparedStandIn, prepareStandIn } from './stand-in.ts';

export const ELECTRON_TARGET = manifest.devDependencies.electron;
const REACHABLE_MS = 5_000;
const DOWNLOAD_MS = 10 * 60_000;

/** The Electron that runs here. `dist` is a directory as ELECTRON_OVERRIDE_DIST_PATH takes it. */
export interface ElectronRuntime {
  readonly dist: string;
  readonly version: string;
  readonly standIn: boolean;
}

/**
 * Finds or brings the Electron to run: the one that ELECTRON_OVERRIDE_DIST_PATH names, else the pinned release, else the
 * stand-in. A stand-in that is there is used again without asking the network, unless `retryDownload`.
 */
export async function electronRuntime({ retryDownload = false } = {}): Promise<ElectronRuntime> {
  const given = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (given !== undefined && given !== '') return describe(given);
  const real = inRoot('node_modules/electron/dist');
  if (versionOf(real) === ELECTRON_TARGET) return describe(real);
  const prepared = preparedStandIn();
  if (prepared !== null && !retryDownload) return describe(prepared);
  if (await isDownloaded()) return describe(real);
  return describe(prepared ?? (await step('Electron stand-in', prepareStandIn)));
}

/** One line: which Electron runs, and what that means. */
export function announce(runtime: ElectronRuntime): string {
  return runtime.standIn
    ? `Electron ${runtime.version} runs: a stand-in for tests, never for release, because ${ELECTRON_TARGET} could not be downloaded (npm run setup tries again).`
    : `Electron ${runtime.version} runs.`;
}

function versionOf(dist: string): string | null {
  const file = path.join(dist, 'version');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : null;
}

function describe(dist: string): ElectronRuntime {
  const version = versionOf(dist);
  if (version === null) throw new Stop(`${dist} holds no Electron: its file "version" is missing.`);
  return { dist: path.resolve(dist), version, standIn: version !== ELECTRON_TARGET };
}

async function isDownloaded(): Promise<boolean> {
  try {
    await step(`Electron ${ELECTRON_TARGET}`, download);
    return true;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.log(`  ${error.message}`);
    return false;
  }
}

/** Fetches the pinned release; @electron/get checks it against the hashes in the npm package. */
async function download(report: (text: string) => void): Promise<void> {
  const mirror = process.env['ELECTRON_MIRROR'] ?? 'https://github.com/electron/electron/releases/download/';
  try {
    await fetch(`${mirror}v${ELECTRON_TARGET}/`, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(REACHABLE_MS),
    });
  } catch {
    throw new Stop(`${new URL(mirror).host} is not reachable from here.`);
  }
  report('downloading');
  await run(process.execPath, [inRoot('node_modules/electron/install.js')], {
    onLine: report,
    deadlineMs: DOWNLOAD_MS,
  });
}
