import path from 'node:path';
import { UnsafeDirectoryError } from '../electron/shell/private-directory.ts';
import { controlSocketOf, type Places } from '../electron/shell/places.ts';
import manifest from '../package.json' with { type: 'json' };
import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import { connect, type Connection } from './client.ts';
import { runCommand, type Reply } from './commands.ts';
import type { Launcher } from './launcher.ts';
import { failureText } from './output.ts';
import { parseCommand, UsageError, wantsJson, type Command } from './parse.ts';
import { reachApp } from './start.ts';
import { EXIT, HELP, type ExitCode } from './usage.ts';
import { validatePolicy } from './validate.ts';

interface UsageFailure extends Pick<Failure, 'message' | 'remedy'> {
  readonly code: 'USAGE';
}

/** The world of one run of the command. */
export interface Surroundings {
  readonly places: Places;
  readonly uid: number;
  readonly launcher: Launcher;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Runs `bulkhead` and returns its exit code, as HELP documents them. With --json there is one JSON object on stdout
 * whatever happens; without it results go to stdout, and progress and errors to stderr.
 */
export async function main(argv: readonly string[], world: Surroundings): Promise<ExitCode> {
  const json = wantsJson(argv);
  const fail = (failure: Failure | UsageFailure, exitCode: ExitCode): ExitCode => {
    if (json) world.stdout(`${JSON.stringify({ ok: false, error: failure })}\n`);
    else world.stderr(`bulkhead: ${failureText(failure)}\n`);
    return exitCode;
  };

  const print = (reply: Reply): ExitCode => {
    world.stdout(json ? `${JSON.stringify(reply.json)}\n` : reply.text);
    return reply.exitCode;
  };

  let command: Command;
  try {
    command = parseCommand(argv);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    return fail({ code: 'USAGE', message: cause.message, remedy: 'See bulkhead --help.' }, EXIT.usage);
  }
  if (command.kind === 'help' || command.kind === 'version') {
    world.stdout(command.kind === 'help' ? HELP : `${manifest.version}\n`);
    return EXIT.ok;
  }
  if (command.kind === 'policyValidate') {
    const validated = validatePolicy(command.file);
    return validated.ok ? print(validated.value) : fail(validated.error, EXIT.usage);
  }

  const note = (line: string): void => {
    if (!json) world.stderr(`${line}\n`);
  };
  const reached = await reach(command, world, note);
  if (!reached.ok) return fail(reached.error, reached.error === NOT_RUNNING ? EXIT.notRunning : EXIT.failed);
  const connection = reached.value;
  try {
    const reply: Result<Reply> = await runCommand(command, connection, note);
    if (!reply.ok) return fail(reply.error, EXIT.failed);
    return print(reply.value);
  } finally {
    connection.close();
  }
}

async function reach(
  command: Command,
  { places, uid, launcher }: Surroundings,
  note: (line: string) => void,
): Promise<Result<Connection>> {
  const socketPath = controlSocketOf(places);
  try {
    if (command.kind === 'start') {
      const outputFile = path.join(places.state, 'launch.log');
      return await reachApp({ socketPath, uid, launcher, outputFile, note }, command.window);
    }
    const connection = await connect(socketPath, uid);
    return connection === null ? err(NOT_RUNNING) : ok(connection);
  } catch (cause) {
    if (cause instanceof UnsafeDirectoryError) {
      return err({ code: 'INVALID', message: cause.message, remedy: cause.remedy });
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    return err({
      code: 'INTERNAL',
      message: `Bulkhead's control socket could not be reached: ${why}.`,
      remedy: `Check who may use ${socketPath}, or quit and start Bulkhead.`,
    });
  }
}

const NOT_RUNNING: Failure = {
  code: 'NOT_RUNNING',
  message: 'Bulkhead is not running.',
  remedy: 'Run: bulkhead start',
};
