import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Decision, Isolation } from '../create.ts';
import { createIsolation } from '../create.ts';
import type { MountEntry } from '../mountinfo.ts';
import { deviceName } from '../mountinfo.ts';
import { ISOLATING_RUNTIME } from '../runtimes.ts';
import type { SpecName } from './specs.ts';
import { isRecord, rawSpec, VM_LIMITS } from './specs.ts';

/** dockerd's process in the captured specs. */
export const ENGINE_PID = 35;
export const HOOK = `/proc/${ENGINE_PID}/exe`;

export interface World {
  readonly directory: string;
  readonly isolation: Isolation;
  readonly decide: (argv: readonly string[], input?: string) => Decision;
  readonly messages: string[];
  /** The container's own directory in this world. */
  readonly own: (id: string) => string;
  readonly stateRoot: string;
  /** Puts a spec where the runtime's caller would and returns its arguments. */
  readonly call: (id: string, spec: unknown, kind?: 'build' | 'create') => readonly string[];
  /** The spec that was written for the runtime. */
  readonly written: (id: string) => unknown;
  /** Marks the container as known to the runtime and with processes, or as gone. */
  readonly live: (id: string, isAlive: boolean, pid?: number) => void;
  /** Ends its processes, and leaves what the runtime knows. */
  readonly end: (id: string) => void;
  /** A captured spec with this world's paths. */
  readonly spec: (name: SpecName) => Record<string, unknown>;
  readonly remove: () => void;
}

const LAYER = 'top';

/** A stand-in for the VM's file system: Docker's data, the containers' directories and the runtime's state below one temporary directory. */
export const createWorld = (
  options: {
    readonly isolation?: boolean;
    readonly isNamed?: (id: string) => boolean;
    readonly now?: () => number;
  } = {},
): World => {
  const directory = mkdtempSync(path.join(tmpdir(), 'isolation-'));
  const docker = path.join(directory, 'docker');
  const stateRoot = path.join(directory, 'state/runtime-runc/moby');
  const places = { docker, containers: path.join(directory, 'c'), cgroups: path.join(directory, 'cgroup') };
  const store = path.join(docker, 'overlay2');
  const merged = path.join(store, LAYER, 'merged');
  const executor = path.join(docker, 'buildkit/executor');
  for (const each of [
    places.containers,
    stateRoot,
    path.join(store, 'l'),
    merged,
    path.join(store, LAYER, 'diff'),
    path.join(store, 'base/diff'),
    executor,
  ]) {
    mkdirSync(each, { recursive: true });
  }
  writeFileSync(path.join(store, LAYER, 'lower'), 'l/BASE');
  symlinkSync('../base/diff', path.join(store, 'l/BASE'));

  const device = deviceName(lstatSync(directory, { bigint: true }).dev);
  const mounts: MountEntry[] = [
    { device: '7:0', root: '/', mountPoint: '/', fsType: 'squashfs' },
    { device, root: '/', mountPoint: directory, fsType: 'ext4' },
    { device: '0:57', root: '/', mountPoint: merged, fsType: 'overlay' },
  ];
  const messages: string[] = [];
  const cgroupAt = (id: string): string => path.join(places.cgroups, 'docker', id);

  const makeSource = (source: string): void => {
    if (!source.startsWith(`${docker}/`)) return;
    const isFile = /\/(?:hosts|hostname|resolv\.conf)[^/]*$/.test(source);
    mkdirSync(isFile ? path.dirname(source) : source, { recursive: true });
    if (isFile) writeFileSync(source, '');
  };

  const texts = new Map<SpecName, string>();
  const prepare = (name: SpecName): string => {
    const text = JSON.stringify(rawSpec(name))
      .replaceAll(/\/var\/lib\/docker\/(?:overlay2\/[a-z0-9]+\/merged|buildkit\/executor\/[a-z0-9]+\/rootfs)/g, merged)
      .replaceAll('/var/lib/docker', docker);
    for (const [, source] of text.matchAll(/"source":"([^"]+)"/g)) makeSource(source ?? '');
    return text;
  };

  const isolation = createIsolation({
    isolation: options.isolation ?? true,
    dockerSocketOf: () => null,
    shares: new Set(),
    places,
    readMountinfo: () => mounts,
    readMachine: () => ({ arch: 'x64', appArmor: false, vsock: false, limits: VM_LIMITS }),
    isEngine: (pid) => pid === ENGINE_PID,
    isNamed: options.isNamed ?? (() => false),
    now: options.now ?? (() => 0),
    log: (line) => messages.push(line),
  });

  return {
    directory,
    messages,
    stateRoot,
    own: (id) => path.join(places.containers, id),
    isolation,
    decide: (argv, input) => isolation.decide({ argv, cwd: '/', input: input ?? null }),
    call: (id, spec, kind = 'create') => {
      const bundle = kind === 'build' ? path.join(executor, id) : path.join(directory, 'bundles', id);
      mkdirSync(bundle, { recursive: true });
      writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(spec));
      return kind === 'build'
        ? ['runc', 'run', '--bundle', bundle, '--keep', id]
        : [
            'runc',
            '--root',
            stateRoot,
            '--log',
            path.join(bundle, 'log.json'),
            'create',
            '--bundle',
            bundle,
            '--pid-file',
            path.join(bundle, 'init.pid'),
            id,
          ];
    },
    written: (id) => {
      const spec: unknown = JSON.parse(readFileSync(path.join(places.containers, id, 'config.json'), 'utf8'));
      return spec;
    },
    live: (id, isAlive, pid = 1) => {
      const state = path.join(stateRoot, id);
      const cgroup = cgroupAt(id);
      if (isAlive) {
        for (const each of [state, cgroup]) mkdirSync(each, { recursive: true });
        writeFileSync(
          path.join(state, ISOLATING_RUNTIME.state.file),
          JSON.stringify({ [ISOLATING_RUNTIME.state.pid]: pid }),
        );
        writeFileSync(path.join(cgroup, 'cgroup.events'), 'populated 1\nfrozen 0\n');
      } else for (const each of [state, cgroup]) rmSync(each, { recursive: true, force: true });
    },
    // The kernel's files go with the directory; a stand-in's would not.
    end: (id) => rmSync(path.join(cgroupAt(id), 'cgroup.events')),
    spec: (name) => {
      const text = texts.get(name) ?? prepare(name);
      texts.set(name, text);
      const spec: unknown = JSON.parse(text);
      if (!isRecord(spec)) throw new Error('not a spec');
      return spec;
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

/** The id of the container that a captured spec is of, as its own files name it. */
export const idOf = (spec: Record<string, unknown>): string => {
  const [id] = /[0-9a-f]{64}(?=\/hosts")/.exec(JSON.stringify(spec)) ?? [];
  return id ?? 'build0id';
};
