import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { createEngine, type OpenEngine } from '../../electron/engine/engine.ts';
import type { EngineConfig } from '../../electron/engine/port.ts';
import { deadlineOf } from '../../electron/engine/runner.ts';
import { configWith } from '../../electron/engine/testing/config.ts';
import { engineOptionsOf } from '../../electron/shell/engine-options.ts';
import { placesOf } from '../../electron/shell/places.ts';
import type { Result } from '../../shared/contract/result.ts';
import type { DockerSocketPermissions } from '../../shared/contract/vm.ts';

/** Other work on the machine may make everything some times slower than the app would put up with. */
const PATIENCE = 4;

/** The app's engine without the app: the same VM, image, agent and gateway, on a data disk of its own. */
export interface OwnEngine {
  readonly engine: OpenEngine;
  /** The Docker socket on the host. */
  readonly socket: string;
  /** Boots the VM, or boots it anew, with isolation on or off. Which containers may have the Docker socket: without it none. */
  readonly boot: (isolation: boolean, dockerSocket?: DockerSocketPermissions) => Promise<void>;
  /** Stops the VM and removes everything but a data directory that was given. */
  readonly end: () => Promise<void>;
}

const must = (result: Result<unknown>): void => {
  if (!result.ok) throw new Error(`${result.error.message} ${result.error.remedy}`);
};

/** No directory of this host is shared, so that every path is the VM's own. */
const configOf = (isolation: boolean, dockerSocket?: DockerSocketPermissions): EngineConfig => {
  const config = configWith(isolation);
  const { vm } = config;
  return { ...config, vm: { ...vm, sharedDirectories: [], dockerSocket: dockerSocket ?? vm.dockerSocket } };
};

/** @param dataDirectory where the data disk is kept; without it the disk goes with the engine */
export const ownEngine = (dataDirectory?: string): OwnEngine => {
  // Short, because a socket's path may have no more than 107 bytes (unix(7)).
  const home = mkdtempSync('/tmp/bh-');
  const env = { ...process.env, BULKHEAD_HOME: home };
  const places = placesOf({
    platform: process.platform,
    env,
    home: homedir(),
    uid: getuid?.() ?? -1,
    development: true,
  });
  const engine = createEngine({
    ...engineOptionsOf(places, process.env['PATH'] ?? ''),
    dataDirectory: dataDirectory ?? places.data,
    dockerConfigDirectory: null,
    deadlineOf: (phase) => PATIENCE * deadlineOf(phase),
  });
  return {
    engine,
    socket: path.join(places.runtime, 'docker.sock'),
    boot: async (isolation, dockerSocket) => {
      const config = configOf(isolation, dockerSocket);
      const { kind } = engine.snapshot().state;
      if (kind === 'running') must(await engine.restart(config, { removeContainers: false }));
      else must(await engine.start(config));
    },
    end: async () => {
      await engine.stop();
      await engine.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
};
