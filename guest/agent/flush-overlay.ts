import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT_OF_PROCESS = /^\/proc\/(\d+)\/root$/;

/**
 * Drops what an overlay remembers, so that it sees the files another overlay on the same upper layer has written.
 * `directory` is an overlay's mountpoint in the VM or `/proc/PID/root` for the root of a container. Rejects when the
 * overlay is not mounted (any more).
 */
export const flushOverlay = async (directory: string): Promise<void> => {
  const ofProcess = ROOT_OF_PROCESS.exec(directory);
  const args = ofProcess?.[1] === undefined ? [directory] : ['--of', ofProcess[1]];
  await run('/bulkhead/bin/flush-overlay', args, { env: {} });
};
