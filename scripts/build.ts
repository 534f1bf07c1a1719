import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { locked } from './lock.ts';
import { BUILD, inRoot, ROOT } from './paths.ts';
import { step } from './progress.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';

const PARTS = ['main', 'preload', 'renderer'] as const;
const SOURCES = ['electron', 'shared', 'renderer', 'package-lock.json', 'package.json'];
const configOf = (part: string): string => `vite.${part}.config.ts`;

/** Bundles main, preload and renderer into .vite/, unless nothing has changed since the last time. */
export async function buildApp(): Promise<void> {
  await locked('build', async () => {
    const stampFile = path.join(BUILD, '.stamp');
    const inputs = digest(ROOT, [...SOURCES, ...PARTS.map(configOf)]);
    if (isStamped(stampFile, inputs)) return;
    unstamp(stampFile);
    await step('the app', async (report) => {
      // Loaded here, because an unchanged app must open without waiting for it.
      const { build: bundle } = await import('vite');
      for (const part of PARTS) {
        report(part);
        try {
          await bundle({ configFile: inRoot(configOf(part)), logLevel: 'silent', clearScreen: false });
        } catch (error) {
          throw new Stop(
            `The app could not be built (${part}). ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
    });
    // Tests run the app as another user, whatever the umask was.
    await chmod(BUILD, 0o755);
    stamp(stampFile, inputs);
  });
}

if (import.meta.main) {
  await main(async () => {
    await buildApp();
    return 0;
  });
}
