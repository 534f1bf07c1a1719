import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { EngineWarning } from '../../shared/contract/engine.ts';
import { log } from './log.ts';

const run = promisify(execFile);
const BUSYBOX = '/bulkhead/bin/busybox';

const DEVICE = '/dev/vdc';
const MOUNT = '/run/data';
/** The size of the device, in its sectors, that the file system was last grown to. */
const GROWN = `${MOUNT}/grown-to`;
export const SWAP_FILE = `${MOUNT}/swap`;

const MIB = 1_048_576;

/** Tries `work`; what it could not do is a warning, since the engine runs without it. */
const orWarn = async (what: string, remedy: string, work: () => Promise<void>): Promise<readonly EngineWarning[]> => {
  try {
    await work();
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`${what}: ${reason}`);
    return [{ message: `${what}: ${reason}`, remedy }];
  }
};

/** Grows the file system to a disk that the host has made larger; ext4 does it while it is in use (resize2fs(8)). */
const grow = async (): Promise<void> => {
  const sectors = readFileSync(`/sys/class/block/${DEVICE.slice('/dev/'.length)}/size`, 'utf8');
  if (existsSync(GROWN) && readFileSync(GROWN, 'utf8') === sectors) return;
  await run('/usr/sbin/resize2fs', [DEVICE]);
  writeFileSync(GROWN, sectors);
};

/** Swaps to a file of this size on the data disk, or to none (swapon(8)). Its header is written anew at each boot. */
const swapTo = async (sizeMiB: number): Promise<void> => {
  const size = sizeMiB * MIB;
  if (existsSync(SWAP_FILE) && statSync(SWAP_FILE).size !== size) rmSync(SWAP_FILE);
  if (sizeMiB === 0) return;
  try {
    if (!existsSync(SWAP_FILE)) {
      writeFileSync(SWAP_FILE, '', { mode: 0o600 });
      await run(BUSYBOX, ['fallocate', '-l', String(size), SWAP_FILE]);
    }
    await run(BUSYBOX, ['mkswap', SWAP_FILE]);
    await run(BUSYBOX, ['swapon', SWAP_FILE]);
  } catch (error) {
    rmSync(SWAP_FILE, { force: true });
    throw error;
  }
};

/** Gives the engine the space that the settings say. Never rejects; what failed is in the warnings. */
export const prepareDataDisk = async (swapMiB: number): Promise<readonly EngineWarning[]> => [
  ...(await orWarn(
    'The data disk could not be grown to its new size',
    'Containers have the space of before. Restart the engine; if it happens again, the console log says more.',
    grow,
  )),
  ...(await orWarn(
    'The VM has no swap',
    'Remove images, containers or volumes that are not needed, or make the swap smaller; then restart the engine.',
    () => swapTo(swapMiB),
  )),
];
