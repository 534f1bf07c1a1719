import { Stop } from './command.mjs';
import { announce, electronRuntime, type ElectronRuntime } from './electron-runtime.ts';
import { vmImage } from './image.ts';
import { locked } from './lock.ts';
import { APP_PACKAGES, IMAGE_PACKAGES, systemPackages } from './system-packages.ts';

/** Everything that the app needs and that is not there yet. Costs milliseconds when all is there. */
export async function setUp({ image = true, retryDownload = false } = {}): Promise<ElectronRuntime> {
  return locked('setup', async () => {
    await systemPackages(image ? [...APP_PACKAGES, ...IMAGE_PACKAGES] : APP_PACKAGES);
    const runtime = await electronRuntime({ retryDownload });
    if (image) await vmImage();
    console.log(announce(runtime));
    return runtime;
  });
}

/** Runs a script's work; a Stop ends it with its message and exit code, without a stack. */
export async function main(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

if (import.meta.main) {
  await main(async () => {
    await setUp({ retryDownload: true });
    return 0;
  });
}
