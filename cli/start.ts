import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import { connect, type Connection } from './client.ts';
import { hasDisplay, launch, type Launcher } from './launcher.ts';
import { until } from './processes.ts';

/** Setting up a fresh checkout builds the VM image first; an installed app answers within seconds. */
const ANSWERS_MS = 30 * 60_000;

export interface StartParts {
  readonly socketPath: string;
  readonly uid: number;
  readonly launcher: Launcher;
  readonly outputFile: string;
  readonly note: (line: string) => void;
}

/**
 * Gives a connection to the app: to the one that runs, else to one that is started now. A window that was asked for is
 * shown where that is possible, and otherwise `note` says why not.
 */
export async function reachApp(parts: StartParts, window: boolean): Promise<Result<Connection>> {
  const running = await connect(parts.socketPath, parts.uid);
  if (running !== null) {
    if (window) await showWindow(running, parts.note);
    return ok(running);
  }
  if (window && !parts.launcher.bringsDisplay && !hasDisplay()) return err(NO_DISPLAY);
  parts.note(`Starting Bulkhead; its output goes to ${parts.outputFile}.`);
  const launched = launch(parts.launcher, window, parts.outputFile);
  let connection: Connection | null = null;
  const isReached = async (): Promise<boolean> => {
    connection = await connect(parts.socketPath, parts.uid);
    return connection !== null;
  };
  await until(async () => {
    for (const line of launched.newLines()) parts.note(line);
    return (await isReached()) || launched.hasEnded();
  }, ANSWERS_MS);
  // It may have been another launch that won, and this one ended because of that.
  if (connection === null) await isReached();
  return connection === null ? err(didNotStart(launched.lastWords())) : ok(connection);
}

async function showWindow(connection: Connection, note: (line: string) => void): Promise<void> {
  const answer = await connection.call({ method: 'showWindow' });
  if (answer.ok && !answer.value.shown) {
    note('Bulkhead runs without a display, so it cannot show a window. Quit and start it where there is one.');
  }
}

const NO_DISPLAY: Failure = {
  code: 'INVALID',
  message: 'There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.',
  remedy: 'Run: bulkhead start --headless',
};

const didNotStart = (lastWords: string): Failure => ({
  code: 'INTERNAL',
  message: `Bulkhead did not start.${lastWords === '' ? '' : ` It wrote:\n${lastWords}\n`}`,
  remedy: 'Correct what it names and try again.',
});
