import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stop } from './command.mjs';

const START_MS = 20_000;
const SCREEN = '1280x900x24';
const AUTHORIZATION = 'MIT-MAGIC-COOKIE-1';

/** An X server of our own, for machines without a display and for tests. */
export interface VirtualDisplay {
  /** What a client needs in its environment. */
  readonly env: { readonly DISPLAY: string; readonly XAUTHORITY: string };
  readonly stop: () => void;
}

/** Whether a program started from here could open a window. macOS and Windows always have a display. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((name) => name !== undefined && name !== '');
}

/**
 * Starts Xvfb, open to holders of a fresh cookie only. It is not started by xvfb-run, because there ctrl-C reaches the
 * X server together with the app, and the app cannot end cleanly without it.
 *
 * @param owner the user whose programs may connect, where it is not this process's own
 */
export async function virtualDisplay(owner?: { readonly uid: number; readonly gid: number }): Promise<VirtualDisplay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bh-x-'));
  const authority = path.join(folder, 'authority');
  writeFileSync(authority, authorityEntry(randomBytes(16)), { mode: 0o600 });
  if (owner !== undefined) for (const target of [folder, authority]) chownSync(target, owner.uid, owner.gid);
  const log = path.join(folder, 'log');
  const server = startServer(authority, log);
  const stop = (): void => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { env: { DISPLAY: `:${await displayNumber(server, log)}`, XAUTHORITY: authority }, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function startServer(authority: string, log: string): ChildProcess {
  const xvfb = ['Xvfb', '-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp', '-auth', authority];
  // setpriv(1): the server goes when this process goes, however it goes. Detached, so that ctrl-C does not reach it.
  const errors = openSync(log, 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...xvfb], {
    // A file, because the server dies of a closed pipe whenever it has a remark to make.
    stdio: ['ignore', 'ignore', errors, 'pipe'],
    detached: true,
  });
  closeSync(errors);
  child.unref();
  return child;
}

/**
 * Xvfb writes the number of the display that it took, and a newline, to file descriptor 3 once it accepts clients
 * (Xserver(1)). It ends when it cannot write the newline any more, so that the whole line is read.
 */
async function displayNumber(server: ChildProcess, log: string): Promise<number> {
  const ready = server.stdio[3];
  if (!(ready instanceof Socket)) throw new TypeError('The pipe on file descriptor 3 is missing.');
  const timer = setTimeout(() => server.kill('SIGKILL'), START_MS);
  let line = '';
  // The loop ends when the server does, because then the other end of the pipe is closed.
  for await (const chunk of ready) {
    line += String(chunk);
    if (line.includes('\n')) break;
  }
  clearTimeout(timer);
  if (/^\d+\n/.test(line)) return Number.parseInt(line, 10);
  throw new Stop(`Xvfb gave no display within ${START_MS / 1000} s. ${readFileSync(log, 'utf8').trim()}`);
}

/** One entry of an Xauthority file for any host and any display (Xau library: FamilyWild, empty display number). */
function authorityEntry(cookie: Buffer): Buffer {
  const counted = (data: Buffer): readonly Buffer[] => [uint16(data.length), data];
  return Buffer.concat([
    uint16(0xff_ff),
    ...counted(Buffer.alloc(0)),
    ...counted(Buffer.alloc(0)),
    ...counted(Buffer.from(AUTHORIZATION)),
    ...counted(cookie),
  ]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
