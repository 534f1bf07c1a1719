import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIT_DEADLINE } from '../deadlines.ts';
import { engineError, hasErrno, textOf } from '../failure.ts';
import { isAlive, kill, startTimeOf, type ProcessIdentity } from '../host.ts';

/** A QEMU that this process started or took over. */
export interface QemuProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone, with words for how. */
  readonly exited: Promise<string>;
}

/** What a failed start of the program at `path` means to a person. */
export const spawnFailure = (path: string, error: unknown) =>
  hasErrno(error, 'ENOENT')
    ? engineError(
        `QEMU is not installed: ${path} does not exist.`,
        'Install it (Debian and Ubuntu: apt install qemu-system-x86) and start the engine again.',
        error,
      )
    : engineError(`QEMU could not be started: ${textOf(error)}.`, `Check that ${path} may be executed.`, error);

/**
 * Starts QEMU in a session of its own, with an empty environment and its output in the file `logFile`, so that it can
 * outlive this process. Never through a shell.
 */
export const spawnQemu = async (path: string, args: readonly string[], logFile: number): Promise<QemuProcess> => {
  const child = spawn(path, args, { detached: true, env: {}, cwd: '/', stdio: ['ignore', logFile, logFile] });
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as readonly unknown[];
    throw spawnFailure(path, error);
  }
  child.on('error', () => undefined);
  child.unref();
  // A child that is gone already is still there as a zombie, of which no start time is asked again.
  const startTime = startTimeOf(child.pid) ?? 'gone';
  return { identity: { pid: child.pid, startTime }, exited };
};

/** How often a process that is no child of ours is looked for once its monitor has closed. */
const POLL = 50;

/**
 * Takes over a QEMU of an earlier run. Its monitor's connection closes when it ends; one that closes its monitor and
 * lives on can't be led any more and is killed.
 */
export const watchQemu = (identity: ProcessIdentity, monitorClosed: Promise<void>): QemuProcess => {
  const watch = async (): Promise<string> => {
    await monitorClosed;
    for (let waited = 0; isAlive(identity); waited += POLL) {
      if (waited >= QUIT_DEADLINE) kill(identity);
      await sleep(POLL);
    }
    return 'its process is gone';
  };
  return { identity, exited: watch() };
};
