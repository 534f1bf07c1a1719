import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop } from './command.mjs';

const START_MS = 20_000;

export interface Daemon {
  /** What the daemon wrote to file descriptor 3 when it was ready. */
  readonly line: string;
  readonly stop: () => void;
}

/**
 * Starts a Linux program that says on file descriptor 3, in one line, when and where it is ready. It ends with this
 * process, however that ends, and not by ctrl-C, which would take it from under the app that is using it.
 */
export async function startDaemon(command: string, args: readonly string[]): Promise<Daemon> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bh-daemon-'));
  const log = path.join(folder, 'log');
  const errors = openSync(log, 'w');
  // setpriv(1) replaces itself with the command. The log is a file, because a daemon with a remark to make dies of a
  // pipe that nobody reads.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    stdio: ['ignore', 'ignore', errors, 'pipe'],
    detached: true,
  });
  closeSync(errors);
  child.unref();
  const stop = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const line = await firstLine(child);
    if (line === '') {
      throw new Stop(`${command} was not ready within ${START_MS / 1000} s. ${readFileSync(log, 'utf8').trim()}`);
    }
    return { line, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** The first line without its newline, or nothing when the daemon ends or is late. It is read whole: Xvfb ends when nobody takes the newline. */
async function firstLine(child: ChildProcess): Promise<string> {
  const ready = child.stdio[3];
  if (!(ready instanceof Socket)) throw new TypeError('The pipe on file descriptor 3 is missing.');
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  let text = '';
  for await (const chunk of ready) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  clearTimeout(timer);
  return text.split('\n', 1)[0] ?? '';
}
