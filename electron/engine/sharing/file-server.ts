import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Share } from '../../../shared/contract/sharing.ts';
import { pause } from '../deferred.ts';
import { isAlive, startTimeOf, type ProcessIdentity } from '../host.ts';

/** Serves one directory to the VM (virtiofsd). It ends by itself when QEMU does. */
export interface FileServer {
  readonly path: string;
  readonly identity: ProcessIdentity;
  /** Resolves when its process is gone, with words for how. */
  readonly exited: Promise<string>;
}

/** One that was started for a VM that is to come. */
export interface NewFileServer extends FileServer {
  readonly share: Share;
  readonly socket: string;
}

export interface FileServerOptions {
  /** Where virtiofsd lies, with its libraries and their loader. */
  readonly programs: string;
  readonly share: Share;
  readonly socket: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly logFile: number;
}

/** From spawning it to its socket. */
const LISTEN_DEADLINE = 5_000;
const POLL = 20;

/** Ids are 32 bits, and the last one means "no id". */
const IDS = 4_294_967_295;
/** What Linux shows for owners that have no id here. */
const NOBODY = 65_534;

/**
 * Between the VM and the host there is one user only: root in the VM is the host's user, in both directions. Whatever
 * another user of the VM makes belongs to the host's user too; what belongs to another user of the host is shown as
 * nobody's.
 */
const translation = (option: string, id: number): readonly string[] => {
  const rules = [
    `map:0:${id}:1`,
    `squash-guest:1:${id}:${IDS - 1}`,
    ...(id > 0 ? [`squash-host:0:${NOBODY}:${id}`] : []),
    `squash-host:${id + 1}:${NOBODY}:${IDS - id - 1}`,
  ];
  return rules.flatMap((rule) => [option, rule]);
};

/**
 * `namespace`: the server sees nothing of the host but the directory. Hosts that forbid user namespaces allow only
 * `none`: then its own care with paths and the system calls that it gave up are what confines it.
 */
export type Confinement = 'namespace' | 'none';

/** Arguments of the dynamic loader, so that the program runs with its own libraries on every host. */
export const fileServerArguments = (
  { programs, share, socket, user }: Omit<FileServerOptions, 'logFile'>,
  confinement: Confinement,
): readonly string[] => [
  '--library-path',
  programs,
  path.join(programs, 'virtiofsd'),
  '--socket-path',
  socket,
  '--shared-dir',
  share.path,
  '--sandbox',
  confinement,
  '--seccomp',
  'kill',
  // One file system for the whole tree: the VM knows what is shared by its device number.
  '--no-announce-submounts',
  '--log-level',
  'warn',
  ...translation('--translate-uid', user.uid),
  ...translation('--translate-gid', user.gid),
];

export const LOADER = 'ld-linux-x86-64.so.2';

const start = async (
  options: FileServerOptions,
  confinement: Confinement,
  signal: AbortSignal,
): Promise<{ readonly child: ChildProcess; readonly server: NewFileServer } | null> => {
  const { programs, share, socket, logFile } = options;
  await rm(socket, { force: true });
  const child = spawn(path.join(programs, LOADER), fileServerArguments(options, confinement), {
    detached: true,
    env: {},
    cwd: '/',
    stdio: ['ignore', logFile, logFile],
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killer) => resolve(killer === null ? `exit code ${code}` : `signal ${killer}`));
  });
  let isGone = false;
  void exited.then(() => (isGone = true));
  child.unref();
  const within = AbortSignal.any([signal, AbortSignal.timeout(LISTEN_DEADLINE)]);
  try {
    while (!existsSync(socket)) {
      await pause(POLL, within);
      if (isGone) return null;
    }
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const { pid } = child;
  const startTime = pid === undefined ? null : startTimeOf(pid);
  if (pid === undefined || startTime === null) return null;
  return { child, server: { path: share.path, share, socket, identity: { pid, startTime }, exited } };
};

/**
 * Starts a server, as confined as the host allows. Resolves when QEMU can connect; rejects when it does not come so far.
 */
export const startFileServer = async (
  options: FileServerOptions,
  signal: AbortSignal,
): Promise<{ readonly server: NewFileServer; readonly confinement: Confinement }> => {
  for (const confinement of ['namespace', 'none'] as const) {
    const started = await start(options, confinement, signal);
    if (started !== null) return { server: started.server, confinement };
  }
  throw new Error('its file server does not start');
};

/** How often a server that is no child of ours is looked for; its end is rare, and only told. */
const ADOPTED_POLL = 5_000;

/** Takes over a server of an earlier run of the app. */
export const adoptFileServer = (recorded: { readonly path: string; readonly process: ProcessIdentity }): FileServer => {
  const { path: served, process: identity } = recorded;
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(identity)) return;
      clearInterval(timer);
      resolve('its process is gone');
    }, ADOPTED_POLL);
    timer.unref();
  });
  return { path: served, identity, exited };
};
