import { Stop } from './command.mjs';

/** Runs a script's work; a Stop ends it with its message and exit code, without a stack. */
export async function main(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
