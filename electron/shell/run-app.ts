import { mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { app, dialog, protocol } from 'electron';
import { z } from 'zod';
import { openDesktop, type ClosableEngine, type Desktop } from './desktop.ts';
import { hasNoDisplay, launchArgumentsOf } from './launch-arguments.ts';
import { openLog, type Log } from './log.ts';
import { PAGE_SCHEME } from './page.ts';
import { placesOf, type Places } from './places.ts';
import { UnsafeDirectoryError } from './private-directory.ts';

export interface AppParts {
  readonly createEngine: (places: Places) => ClosableEngine;
  /** Absolute path of the directory that holds the bundled preload; the built page is where the build puts it beside. */
  readonly bundles: string;
}

/** What a second launch tells the first. */
const HANDED_OVER = z.object({ window: z.boolean() });

/**
 * The whole life of the main process. Only one of the user's Bulkheads runs: another launch opens or focuses the window
 * of the first (unless it was told not to) and ends. Call once, before Electron is ready.
 */
export function runApp({ createEngine, bundles }: AppParts): void {
  const uid = getuid?.() ?? -1;
  const development = !app.isPackaged;
  const places = placesOf({ platform: process.platform, env: process.env, home: os.homedir(), uid, development });
  const log = openLog(path.join(places.state, 'app.log'));
  endOnFault(log);

  mkdirSync(places.config, { recursive: true, mode: 0o700 });
  app.setPath('userData', places.config);
  app.setPath('sessionData', path.join(places.config, 'chromium'));
  // With both, Chromium 130 restarts its network service for ever.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);

  const wanted = launchArgumentsOf(process.argv);
  if (!app.requestSingleInstanceLock(wanted)) {
    app.quit();
    return;
  }

  let desktop: Desktop | null = null;
  let isWindowWanted = wanted.window;
  app.on('second-instance', (_event, _argv, _directory, handedOver) => {
    const parsed = HANDED_OVER.safeParse(handedOver);
    if (parsed.success && !parsed.data.window) return;
    if (desktop === null) isWindowWanted = true;
    else desktop.showWindow();
  });
  app.on('activate', () => desktop?.showWindow());

  const open = async (): Promise<void> => {
    await app.whenReady();
    log.info('launched', { version: app.getVersion(), electron: process.versions.electron, packaged: app.isPackaged });
    desktop = await openDesktop({
      createEngine,
      bundles,
      places,
      uid,
      log,
      development,
      canShowWindows: !hasNoDisplay(process.argv),
      isWindowWanted: () => isWindowWanted,
    });
  };
  open().catch((cause: unknown) => {
    log.error('not started', { reason: textOf(cause) });
    const remedy = cause instanceof UnsafeDirectoryError ? cause.remedy : '';
    process.stderr.write(`Bulkhead cannot start: ${textOf(cause)} ${remedy}\n`);
    if (wanted.window && !hasNoDisplay(process.argv)) {
      dialog.showErrorBox('Bulkhead cannot start', `${textOf(cause)}\n\n${remedy}`);
    }
    app.exit(1);
  });
}

/**
 * A mistake that nobody caught leaves the process in an unknown state, so it ends. The VM goes on by itself, and the
 * next launch takes it over.
 */
function endOnFault(log: Log): void {
  process.on('uncaughtException', (cause) => {
    log.error('uncaught', { reason: textOf(cause), stack: cause.stack });
    app.exit(1);
  });
  process.on('unhandledRejection', (cause) => {
    log.error('unhandled', { reason: textOf(cause), stack: cause instanceof Error ? cause.stack : undefined });
  });
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
