import { execFile } from 'node:child_process';
import { getuid } from 'node:process';
import { inRoot } from '../scripts/paths.ts';
import { appUser } from './launch.ts';

/** What one run of the command did. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bulkhead` as the app's user against the app of this home. */
export function bulkhead(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const { uid, gid } = appUser();
  const { PATH: searched = '' } = process.env;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [inRoot('cli/bulkhead.ts'), ...args],
      {
        cwd: home,
        env: { PATH: searched, HOME: home, BULKHEAD_HOME: home, ...env },
        ...(getuid?.() === 0 ? { uid, gid } : {}),
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

/** Runs a command with --json and gives the object that it printed, with its exit code. */
export async function bulkheadJson(
  home: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: unknown }> {
  const { exitCode, stdout } = await bulkhead(home, [...args, '--json']);
  const output: unknown = JSON.parse(stdout);
  return { exitCode, output };
}
