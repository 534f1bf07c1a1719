import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LAST_LINES = 12;

/** How the app of this installation is started. */
export interface Launcher {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The command finds a display by itself, so a start without a window needs no word about it. */
  readonly bringsDisplay: boolean;
}

/** An app that was started and goes on by itself. */
export interface Launched {
  /** True once it has ended, which it does at once when another one runs already. */
  readonly hasEnded: () => boolean;
  /** The lines that it finished since this was asked last. */
  readonly newLines: () => readonly string[];
  /** What it wrote, its last lines, for when it ended too soon. */
  readonly lastWords: () => string;
}

/**
 * Starts the app so that it outlives the caller and its terminal: in a session of its own (setsid(2)), reading nothing
 * and writing to `outputFile`. Without a window and without a display, Chromium's own headless platform stands in.
 */
export function launch(launcher: Launcher, window: boolean, outputFile: string): Launched {
  mkdirSync(path.dirname(outputFile), { recursive: true, mode: 0o700 });
  const output = openSync(outputFile, 'w', 0o600);
  const flags: string[] = window ? [] : ['--no-window'];
  if (!window && !launcher.bringsDisplay && !hasDisplay()) flags.push('--ozone-platform=headless');
  const child = spawn(launcher.command, [...launcher.args, ...flags], {
    cwd: launcher.cwd,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let problem: string | null = null;
  let hasEnded = false;
  child.once('error', (cause) => {
    problem = `${launcher.command}: ${cause.message}`;
    hasEnded = true;
  });
  child.once('exit', () => {
    hasEnded = true;
  });
  child.unref();
  let lines = 0;
  return {
    hasEnded: () => hasEnded,
    newLines: () => {
      const finished = readFileSync(outputFile, 'utf8').split('\n').slice(0, -1);
      const fresh = finished.slice(lines);
      lines = finished.length;
      return fresh;
    },
    lastWords: () => problem ?? readFileSync(outputFile, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n'),
  };
}

/** Whether a window could be opened from here. macOS always has a display. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((name) => name !== undefined && name !== '');
}
