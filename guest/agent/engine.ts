import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch, existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import type { EngineWarning } from '../../shared/contract/engine.ts';
import type { Result } from '../../shared/contract/result.ts';
import { err, ok } from '../../shared/contract/result.ts';
import type { VmSettings } from '../../shared/contract/vm.ts';
import { daemonConfiguration, engineProxy } from './daemon-options.ts';
import { prepareDataDisk } from './data-disk.ts';
import { log } from './log.ts';
import { followNoLinks } from './no-links.ts';
import { ensureProbeImage } from './probe-image.ts';
import { engineRequest } from './engine-request.ts';

/** dockerd is given this long after the containers' own grace before it is killed. */
const DOCKERD_EXIT_SECONDS = 5;

export interface ReadyEngine {
  /** The id of the probe image. */
  readonly probeImage: string;
  readonly warnings: readonly EngineWarning[];
}

export interface Engine {
  /** dockerd's socket, reachable by root of the VM only. */
  readonly socket: string;
  /** Settled once dockerd answers and has the space that it is to have, or with why it does not. Never rejects. */
  readonly ready: Promise<Result<ReadyEngine, string>>;
  /** Gives containers their stop signal, waits at most `graceSeconds` for them, and ends dockerd and containerd. */
  readonly stop: (graceSeconds: number) => Promise<void>;
}

const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
const ENGINE_SOCKET = '/run/bulkhead/engine.sock';

type Environment = Readonly<Record<string, string>>;

const ENVIRONMENT: Environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/run/bulkhead',
  // BuildKit looks its runtime up by this variable first (moby, builder/builder-next/executor_linux.go).
  DOCKER_BUILDKIT_RUNC_COMMAND: '/usr/bin/runc',
  // Decompression by a helper program found in PATH would run as root of the VM on a client's bytes.
  MOBY_DISABLE_PIGZ: '1',
};

const untilSocketExists = async (path: string): Promise<void> => {
  const directory = watch(dirname(path));
  try {
    while (!existsSync(path)) await once(directory, 'change');
  } finally {
    directory.close();
  }
};

const untilGone = async (process: ChildProcess): Promise<void> => {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
};

/** As much of a program's output as holds its last line. */
const LAST_WORDS = 2048;

/** Passes a program's output on to the console and gives its last line: mostly why it ended. */
const followOutput = (output: Readable): (() => string) => {
  let last = '';
  output.setEncoding('utf8');
  output.on('data', (text: string) => {
    process.stdout.write(text);
    last = (last + text).slice(-LAST_WORDS);
  });
  return () => last.trimEnd().split('\n').at(-1) ?? '';
};

const stopProcess = async (process: ChildProcess, seconds: number): Promise<void> => {
  process.kill('SIGTERM');
  const force = setTimeout(() => process.kill('SIGKILL'), seconds * 1000);
  await untilGone(process);
  clearTimeout(force);
};

/**
 * Starts containerd and dockerd. Either of them ending unasked ends the agent and with it the VM: containers without
 * their supervisor are not kept running.
 */
export const startEngine = (settings: VmSettings): Engine => {
  let stopping = false;
  const supervise = (path: string, args: readonly string[], env: Environment): ChildProcess => {
    const child = spawn(path, args, { stdio: ['ignore', 'inherit', 'pipe'], env });
    const lastWords = followOutput(child.stderr);
    child.once('close', (code, signal) => {
      if (stopping) return;
      const how = signal ?? `exit code ${code ?? '?'}`;
      throw new Error(`${path} ended unexpectedly (${how}): ${lastWords()}`);
    });
    return child;
  };

  if (settings.isolation) followNoLinks();
  writeFileSync('/run/bulkhead/daemon.json', JSON.stringify(daemonConfiguration(settings)), { mode: 0o600 });
  const containerd = supervise('/usr/bin/containerd', ['--config', '/bulkhead/containerd.toml'], ENVIRONMENT);
  const dockerd = supervise(
    '/usr/sbin/dockerd',
    ['--config-file=/run/bulkhead/daemon.json', `--containerd=${CONTAINERD_SOCKET}`, `--host=unix://${ENGINE_SOCKET}`],
    { ...ENVIRONMENT, ...engineProxy(settings.proxy) },
  );

  const becomeReady = async (): Promise<Result<ReadyEngine, string>> => {
    try {
      const preparing = prepareDataDisk(settings.swapMiB);
      await untilSocketExists(ENGINE_SOCKET);
      // dockerd accepts before it serves: the answer comes when it is ready, however long that takes.
      await engineRequest({ method: 'GET', path: '/_ping' });
      const probeImage = await ensureProbeImage();
      return ok({ probeImage, warnings: await preparing });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log(`the engine did not become ready: ${message}`);
      return err(message);
    }
  };

  return {
    socket: ENGINE_SOCKET,
    ready: becomeReady(),
    stop: async (graceSeconds) => {
      stopping = true;
      await stopProcess(dockerd, graceSeconds + DOCKERD_EXIT_SECONDS);
      await stopProcess(containerd, DOCKERD_EXIT_SECONDS);
    },
  };
};
