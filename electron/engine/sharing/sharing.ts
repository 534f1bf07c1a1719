import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import type { EngineWarning } from '../../../shared/contract/engine.ts';
import type { SharedDirectory } from '../../../shared/contract/vm.ts';
import { textOf } from '../failure.ts';
import { socketPath } from '../files.ts';
import { kill } from '../host.ts';
import { shareable } from './directories.ts';
import { startFileServer, type FileServer, type NewFileServer } from './file-server.ts';

/** The directories that a VM is given, each with the process that serves it. */
export interface Sharing {
  readonly servers: readonly FileServer[];
  readonly warnings: readonly EngineWarning[];
}

export interface NewSharing extends Sharing {
  readonly servers: readonly NewFileServer[];
}

export interface SharingOptions {
  readonly directories: readonly SharedDirectory[];
  /** Where the image has its file server. */
  readonly programs: string;
  readonly runtimeDirectory: string;
  /** What the file servers print goes here. */
  readonly logPath: string;
  readonly platform: NodeJS.Platform;
  readonly log: (text: string) => void;
}

export const stopFileServers = (servers: readonly FileServer[]): void => {
  for (const { identity } of servers) kill(identity);
};

/**
 * Starts a file server for each directory. One that cannot be shared is a warning and never keeps the engine from
 * starting. Rejects, with nothing left running, only when the signal aborts.
 */
export const startSharing = async (options: SharingOptions, signal: AbortSignal): Promise<NewSharing> => {
  const { directories, platform, log } = options;
  if (directories.length === 0) return { servers: [], warnings: [] };
  const user = { uid: process.getuid?.(), gid: process.getgid?.() };
  if (platform !== 'linux' || user.uid === undefined || user.gid === undefined) {
    const message = 'Directories of this computer cannot be shared with containers on this operating system yet.';
    return { servers: [], warnings: [{ message, remedy: 'Use volumes and docker cp.' }] };
  }
  const found = await shareable(directories);
  const warnings = [...found.warnings];
  const servers: NewFileServer[] = [];
  const logFile = openSync(options.logPath, 'w', 0o600);
  try {
    for (const share of found.shares) {
      try {
        const { server, confinement } = await startFileServer(
          {
            programs: options.programs,
            share,
            socket: socketPath(options.runtimeDirectory, `${share.tag}.sock`),
            user: { uid: user.uid, gid: user.gid },
            logFile,
          },
          signal,
        );
        servers.push(server);
        const how = confinement === 'none' ? ', without a namespace, which this host does not allow' : '';
        log(`${share.path} is served to the VM by process ${server.identity.pid}${how}`);
      } catch (error) {
        if (signal.aborted) throw error;
        log(`${share.path} cannot be shared: ${textOf(error)}`);
        warnings.push({
          message: `The directory ${share.path} is not shared with containers: ${textOf(error)}.`,
          remedy: `${options.logPath} says more. Restart the engine to try again.`,
        });
      }
    }
    return { servers, warnings };
  } catch (error) {
    stopFileServers(servers);
    throw error;
  } finally {
    closeSync(logFile);
  }
};

/** What a person is told when a server ends before its VM. */
export const serverEnded = (place: string, how: string): EngineWarning => ({
  message: `The directory ${place} is no longer shared with containers: its file server ended (${how}).`,
  remedy: 'Containers that use it may hang. Restart the engine.',
});

export const sharingLogPath = (logDirectory: string): string => path.join(logDirectory, 'sharing.log');
