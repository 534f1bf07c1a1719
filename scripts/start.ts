import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { getuid } from 'node:process';
import { buildApp } from './build.ts';
import { startDaemon } from './daemon.ts';
import { hasDisplay, virtualDisplay } from './display.ts';
import type { ElectronRuntime } from './electron-runtime.ts';
import { ROOT } from './paths.ts';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

/** npm passes ctrl-C on to a process that the terminal has already told; within this time the two are one. */
const SAME_SIGNAL_MS = 1_000;

function executableOf(runtime: ElectronRuntime): string {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = runtime.dist;
  const executable: unknown = createRequire(import.meta.url)('electron');
  return String(executable);
}

/** Passes the first ctrl-C on once, so that the app quits by itself; a later one ends it at once. */
function passSignalsTo(child: ChildProcess): void {
  let last = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = Date.now();
      if (now - last > SAME_SIGNAL_MS) child.kill('SIGTERM');
      last = now;
    });
  }
}

/** The exit code of a child, as a shell would give it. */
function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly stop: () => void;
}

/** A display and a message bus, of our own where the machine has none. */
async function surroundings(): Promise<Surroundings> {
  if (hasDisplay()) return { env: {}, flags: [], stop: () => undefined };
  const display = await virtualDisplay();
  console.log(`There is no display here, so Bulkhead runs in a virtual one (${display.env.DISPLAY}).`);
  // Without a bus Chromium complains about it on the terminal every few seconds.
  const bus = await startDaemon('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address=3']);
  return {
    env: { ...display.env, DBUS_SESSION_BUS_ADDRESS: bus.line, DBUS_SYSTEM_BUS_ADDRESS: bus.line },
    flags: ['--disable-gpu'],
    stop: () => {
      bus.stop();
      display.stop();
    },
  };
}

/** Chromium refuses to start as root with its sandbox. */
function rootFlags(): readonly string[] {
  if (process.platform !== 'linux' || getuid?.() !== 0) return [];
  console.warn(
    'Warning: Chromium cannot be sandboxed as root, so the window runs without its sandbox. Use an ordinary user.',
  );
  return ['--no-sandbox'];
}

async function open(runtime: ElectronRuntime, args: readonly string[]): Promise<number> {
  const flags = rootFlags();
  const around = await surroundings();
  try {
    const child = spawn(executableOf(runtime), [...flags, ...around.flags, ROOT, ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...around.env },
      detached: true,
    });
    passSignalsTo(child);
    return await exitCode(child);
  } finally {
    around.stop();
  }
}

await main(async () => {
  const runtime = await setUp();
  await buildApp();
  return open(runtime, process.argv.slice(2));
});
