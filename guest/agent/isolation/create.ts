import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RunningCommand, RuntimeCommand } from './argv.ts';
import { isolatedArguments, parseRuntimeCommand } from './argv.ts';
import type { Places } from './containers.ts';
import {
  cgroupOf,
  directoryOf,
  hasProcesses,
  initProcessOf,
  isKnownToRuntime,
  makeDirectory,
  removeRemains,
  unmountTmpfs,
  userNamespaceOf,
} from './containers.ts';
import { Denied, invalidSpec } from './denied.ts';
import { isIsolated } from './isolate-rule.ts';
import { layOut } from './layout.ts';
import type { MountEntry } from './mountinfo.ts';
import { classifyMounts, withCoveredSysfs, withMode } from './mounts.ts';
import type { Join } from './namespaces.ts';
import { checkNamespaces, notIsolated, ownNamespaces, severalOwners, takenNamespaces } from './namespaces.ts';
import type { Answer, PlanStep } from './plan.ts';
import type { Member } from './ranges.ts';
import { createRanges } from './ranges.ts';
import { layerAt, layersOf, overlayStep, storeOf } from './rootfs.ts';
import { planRunning } from './running.ts';
import { ISOLATING_RUNTIME, PLAIN_RUNTIME } from './runtimes.ts';
import type { Caller } from './sources.ts';
import { approveSource } from './sources.ts';
import type { Machine } from './spec.ts';
import { formatSpec, rewriteSpec } from './spec.ts';
import type { Mount, Spec } from './spec-schema.ts';
import { parseSpec } from './spec-schema.ts';
import { resolveInRoot } from './tree.ts';

export interface IsolationOptions {
  /** The VM's setting: every container is isolated. */
  readonly isolation: boolean;
  /** Devices of the directories that the host shares. */
  readonly shares: ReadonlySet<string>;
  readonly places: Places;
  readonly readMountinfo: () => readonly MountEntry[];
  readonly readMachine: () => Machine;
  readonly isEngine: (pid: number) => boolean;
  /** Whether a program of the VM works on the container with this id: its shim, or a runtime that is to remove it. */
  readonly isNamed: (id: string) => boolean;
  /** The Docker socket that the gateway has given to a container, by its id; null for none. */
  readonly dockerSocketOf: (id: string) => string | null;
  /** Milliseconds since any moment, never fewer than before. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

export interface Decision {
  readonly answer: Answer;
  /** To be called when the runtime's process has ended, whatever came of it; null when nothing was begun. */
  readonly ended: (() => void) | null;
}

/**
 * How long what is left of a container that is kept stays after its end for its caller, who reads from the control group what it
 * has used and then removes both (buildkit 0.13, executor/resources). Only a caller that was killed meanwhile never does.
 */
const KEPT_MS = 60_000;

/** What the front was called with. */
export interface Call {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What was on its standard input, for the calls that put something there. */
  readonly input: string | null;
}

export interface Isolation {
  /** Answers a call of the runtime. Never throws: whatever goes wrong is a refusal that says what. */
  readonly decide: (call: Call) => Decision;
}

/** Kernel file systems must not be led elsewhere by an image in which their mountpoint is a link. */
const checkMountpoint = (mount: Mount, place: string): void => {
  const isKernel = ['/proc', '/sys', '/dev'].includes(mount.destination);
  if (isKernel && place !== mount.destination) {
    throw invalidSpec(`${mount.destination} of the image is a link to ${place}; it must be a directory`);
  }
  if (
    !isKernel &&
    mount.type === 'tmpfs' &&
    (place === '/' || place.startsWith('/proc/') || place.startsWith('/sys/'))
  ) {
    throw invalidSpec(`the mount at ${mount.destination}: nothing can be mounted over ${place}`);
  }
};

/** mount(2) asks for this capability in the mount namespace's user namespace. */
const mayMount = ({ process }: Spec): boolean => process.capabilities?.bounding?.includes('CAP_SYS_ADMIN') ?? false;

const readSpec = (bundle: string): unknown => {
  try {
    return JSON.parse(readFileSync(path.join(bundle, 'config.json'), 'utf8'));
  } catch (error) {
    throw invalidSpec(
      `${bundle}/config.json cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** The part of the VM's agent that decides how containers are started. All of its state is in memory. */
export const createIsolation = (options: IsolationOptions): Isolation => {
  const { places, log } = options;
  /** Containers whose directory exists, by id. */
  const known = new Map<string, Member>();
  const starting = new Set<Member>();
  /** Until when what is left of an ended container is its caller's. */
  const keptUntil = new Map<Member, number>();

  const isStarting = (member: Member): boolean =>
    [...starting].some(({ root, id }) => root === member.root && id === member.id);
  const hasIds = (member: Member): boolean => isStarting(member) || hasProcesses(places, member);
  const isKept = (member: Member): boolean => options.now() < (keptUntil.get(member) ?? 0);
  const isLive = (member: Member): boolean =>
    hasIds(member) || (isKnownToRuntime(member) && (isKept(member) || options.isNamed(member.id)));
  const ranges = createRanges(hasIds);

  const discard = (member: Member): void => {
    try {
      removeRemains(places, member);
      known.delete(member.id);
      keptUntil.delete(member);
    } catch (error) {
      log(`something of container ${member.id} is left: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const sweep = (): void => {
    for (const member of known.values()) if (!isLive(member)) discard(member);
  };

  /** The isolated container that the joined namespaces belong to. */
  const ownerOf = (joins: readonly Join[]): Member | null => {
    const [first] = joins;
    if (first === undefined) return null;
    const namespaces = new Set(joins.map(({ pid }) => userNamespaceOf(pid)));
    const [wanted] = namespaces;
    const owner =
      wanted === null || wanted === undefined
        ? null
        : ranges.find((member) => {
            const pid = initProcessOf(member);
            return pid !== null && userNamespaceOf(pid) === wanted;
          });
    if (owner === null) throw notIsolated(joins);
    if (namespaces.size > 1) throw severalOwners();
    return owner;
  };

  const isolate = (command: RuntimeCommand, member: Member): Answer => {
    if (command.noPivot) throw new Denied('an isolated container needs pivot_root, which --no-pivot turns off');
    if (command.systemdCgroup)
      throw new Denied('isolated containers need the cgroupfs driver; --systemd-cgroup is not supported');
    if (hasIds(member) || known.has(member.id)) throw new Denied(`a container with the id ${member.id} exists`);

    const given = parseSpec(readSpec(command.bundle));
    const joins = checkNamespaces(given.linux.namespaces);
    const owner = ownerOf(joins);
    const isBuild =
      command.verb === 'run' && command.bundle === path.join(places.docker, 'buildkit/executor', member.id);
    const caller: Caller = isBuild
      ? { kind: 'build' }
      : {
          kind: 'container',
          ids: [member, ...(owner === null ? [] : ranges.sharing(owner))].map(({ id }) => id),
          dockerSocket: options.dockerSocketOf(member.id),
        };

    const view = { mounts: options.readMountinfo(), docker: places.docker, shares: options.shares };
    const image = path.resolve(command.bundle, given.root.path);
    const layers = layersOf(places.docker, layerAt(image, view));
    const mounts = classifyMounts(given.mounts);
    const runtime = mounts.runtime.map((mount) => {
      const place = resolveInRoot(image, mount.destination);
      checkMountpoint(mount, place);
      const isThere = existsSync(path.join(image, place));
      return mount.type === 'tmpfs' ? withMode({ ...mount, destination: place }, isThere) : mount;
    });
    const placed = mounts.binds.map((bind) => ({
      bind,
      approved: approveSource(bind, view, caller),
      place: resolveInRoot(image, bind.destination),
    }));

    const directory = directoryOf(places, member.id);
    const own = ownNamespaces(directory);
    const taken = takenNamespaces(joins, directory);
    const mapped = path.join(directory, 'layers');
    const rootfs = path.join(directory, 'rootfs');
    const layout = layOut({ placed, runtime, directory, rootfs, image });
    const readonly = given.root.readonly ?? false;
    const overlays: readonly PlanStep[] = [
      overlayStep({ docker: places.docker, layers, mapped, target: rootfs, readonly }),
      ...layout.layers.map(({ target, layer, readonly: isReadonly }) =>
        overlayStep({
          docker: places.docker,
          layers: layersOf(places.docker, layer),
          mapped,
          target,
          readonly: isReadonly,
        }),
      ),
    ];
    const rewrite = (range: { readonly base: number; readonly size: number }): string =>
      formatSpec(
        rewriteSpec(given, {
          range,
          joins,
          directory,
          rootfs,
          mounts: mayMount(given) ? withCoveredSysfs(layout.runtime) : layout.runtime,
          cgroupsPath: cgroupOf(member.id, isBuild),
          machine: options.readMachine(),
          isEngine: options.isEngine,
        }),
      );

    const range = owner === null ? ranges.acquire(member) : ranges.join(owner, member);
    const spec = rewrite(range);
    known.set(member.id, member);
    makeDirectory(places, member.id, image, layout, {
      spec,
      namespaces: taken.length === 0 ? [own.user, own.time] : taken.map(({ place }) => place),
    });
    return {
      kind: 'plan',
      steps: [
        { op: 'unshare' },
        { op: 'userns', base: range.base, size: range.size, places: taken.length === 0 ? own : null },
        ...taken.map((each): PlanStep => ({ op: 'join', base: range.base, size: range.size, ...each })),
        { op: 'attach', source: storeOf(places.docker), identity: null, root: '/', path: mapped, flags: ['idmap'] },
        ...layout.stubs,
        ...overlays,
        ...layout.attaches,
        { op: 'dev' },
        { op: 'exec', path: ISOLATING_RUNTIME.program, args: isolatedArguments(command, directory) },
      ],
    };
  };

  const refusal = (error: unknown, id: string): Decision => {
    const isDenied = error instanceof Denied;
    const message = error instanceof Error ? error.message : String(error);
    const trace = error instanceof Error && !isDenied ? error.stack : undefined;
    log(`container ${id} is refused: ${trace ?? message}`);
    const reason = isDenied ? message : `the container cannot be isolated: ${message}`;
    return { answer: { kind: 'deny', message: reason }, ended: null };
  };

  const startEnded = (member: Member, keep: boolean): void => {
    starting.delete(member);
    if (keep) keptUntil.set(member, options.now() + KEPT_MS);
    if (isLive(member)) unmountTmpfs(places, member.id);
    else {
      ranges.release(member);
      discard(member);
    }
  };

  const begin = (command: RuntimeCommand): Decision => {
    sweep();
    const member: Member = { root: command.root ?? ISOLATING_RUNTIME.root, id: command.id };
    // Whoever makes it anew has given up on removing the one before, which the sweep cannot know: both have its name.
    const before = known.get(member.id);
    if (before?.root === member.root && !hasIds(before)) discard(before);
    try {
      const answer = isolate(command, member);
      starting.add(member);
      return { answer, ended: () => startEnded(member, command.keep) };
    } catch (error) {
      // Only what this call has made: the id may be that of another container, which goes on.
      if (known.get(member.id) === member) discard(member);
      if (!isLive(member)) ranges.release(member);
      throw error;
    }
  };

  const change = (command: RunningCommand, input: string | null): Decision => {
    const member = known.get(command.id);
    if (member === undefined || member.root !== (command.root ?? ISOLATING_RUNTIME.root) || !isLive(member)) {
      throw new Denied(`there is no container with the id ${command.id}`);
    }
    const { file, steps } = planRunning(command, {
      directory: directoryOf(places, member.id),
      program: ISOLATING_RUNTIME.program,
      machine: options.readMachine(),
      input,
    });
    return { answer: { kind: 'plan', steps }, ended: () => rmSync(file, { force: true }) };
  };

  return {
    decide: ({ argv, cwd, input }) => {
      let id = '?';
      try {
        const command = parseRuntimeCommand(argv, cwd);
        ({ id } = command);
        switch (command.verb) {
          case 'create':
          case 'run': {
            if (isIsolated(options.isolation, command)) return begin(command);
            const steps: readonly PlanStep[] = [{ op: 'exec', path: PLAIN_RUNTIME.program, args: argv.slice(1) }];
            return { answer: { kind: 'plan', steps }, ended: null };
          }
          case 'exec':
          case 'update':
            return change(command, input);
        }
      } catch (error) {
        return refusal(error, id);
      }
    },
  };
};
