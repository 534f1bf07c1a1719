import { announce, electronRuntime, type ElectronRuntime } from './electron-runtime.ts';
import { main } from './entry.ts';
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

if (import.meta.main) {
  await main(async () => {
    await setUp({ retryDownload: true });
    return 0;
  });
}
