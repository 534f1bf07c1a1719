import { mkdir } from 'node:fs/promises';
import { writeDockerContext } from './docker/context.ts';
import { listenDockerSocket, type DockerSocket } from './docker/socket.ts';
import { openEngineLog, type EngineLog } from './engine-log.ts';
import { textOf } from './failure.ts';
import { ensurePrivateDirectory, socketPath } from './files.ts';
import { takeLock, type Lock } from './lock.ts';
import { enginePaths, vmFiles, type EngineOptions } from './options.ts';
import type { VmFiles } from './vm.ts';

/** What the engine holds as long as the app runs, whether a VM runs or not. */
export interface Resources {
  readonly log: EngineLog;
  readonly lock: Lock;
  readonly dockerSocket: DockerSocket;
  readonly files: VmFiles;
  readonly close: () => Promise<void>;
}

/**
 * Makes the directories, takes the lock on the data disk, and only then touches what another app might use. Rejects in
 * words when another app holds the lock or a directory can't be used.
 */
export const openResources = async (options: EngineOptions): Promise<Resources> => {
  const paths = enginePaths(options);
  const files = vmFiles(options);
  await ensurePrivateDirectory(options.runtimeDirectory);
  await ensurePrivateDirectory(options.dataDirectory);
  await mkdir(options.logDirectory, { recursive: true, mode: 0o700 });
  const lock = await takeLock(paths.lock);
  const log = openEngineLog(paths.log, options.now);
  const dockerSocket = await listenDockerSocket(socketPath(options.runtimeDirectory, 'docker.sock'));
  if (options.dockerConfigDirectory !== null) {
    // A convenience: an unwritable ~/.docker must not keep the engine from running.
    await writeDockerContext(options.dockerConfigDirectory, paths.dockerSocket).catch((error: unknown) => {
      log.write(`the docker context could not be written: ${textOf(error)}`);
    });
  }
  const close = async () => {
    await dockerSocket.close();
    await lock.release();
    log.close();
  };
  return { log, lock, dockerSocket, files, close };
};
