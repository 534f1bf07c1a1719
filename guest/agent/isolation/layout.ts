import path from 'node:path';
import { invalidSpec } from './denied.ts';
import { below } from './mountinfo.ts';
import type { Bind } from './mounts.ts';
import type { AttachFlag, PlanStep } from './plan.ts';
import type { Approved } from './sources.ts';
import type { Mount } from './spec-schema.ts';

/** A bind whose source was approved, at the place that its destination leads to in the container. */
export interface Placed {
  readonly bind: Bind;
  readonly approved: Approved;
  readonly place: string;
}

/** A file system in memory that must exist before the runtime starts, since something is mounted inside it. */
export interface EarlyTmpfs {
  /** Where it is mounted in the VM for as long as the container starts. */
  readonly directory: string;
  /** Options of mount(8). */
  readonly options: readonly string[];
  readonly place: string;
}

/** What has to be done around the mount of the container's root. Pure data; paths are absolute. */
export interface Layout {
  /** Mountpoints that must exist in the image or in a source, made before anything is mounted. */
  readonly stubs: readonly PlanStep[];
  /** In this order: an attached directory may be the place of the next one. */
  readonly attaches: readonly PlanStep[];
  /** What is left to the runtime. The binds among them come from `staged` places only. */
  readonly runtime: readonly Mount[];
  readonly tmpfs: readonly EarlyTmpfs[];
  /** Mountpoints outside the container's root, to be made beforehand. */
  readonly staged: readonly { readonly path: string; readonly isDirectory: boolean }[];
  /** Layers that have to be stacked anew, at staged directories. */
  readonly layers: readonly { readonly target: string; readonly layer: string; readonly readonly: boolean }[];
}

export interface LayoutInput {
  readonly placed: readonly Placed[];
  /** With destinations that are free of the image's symbolic links, like the places of `placed`. */
  readonly runtime: readonly Mount[];
  /** The container's directory outside its root. */
  readonly directory: string;
  readonly rootfs: string;
  /** The mountpoint of the image as Docker sees it: there new files get the owners that they are to have on disk. */
  readonly image: string;
}

const inside = (directory: string, place: string): string | null => {
  const rest = below(directory, place);
  return rest === '' ? null : rest;
};

const isUnder = (directories: readonly string[], place: string): boolean =>
  directories.some((directory) => below(directory, place) !== null);

const depth = (place: string): number => place.split('/').length;

const flagsOf = ({ bind, approved }: Placed): readonly AttachFlag[] => {
  const wanted = new Set<AttachFlag>(['nodev', ...bind.flags]);
  if (bind.readonly) wanted.add('ro');
  if (approved.kind === 'clone') {
    if (approved.idmap) wanted.add('idmap');
    for (const flag of approved.flags) wanted.add(flag);
  }
  return [...wanted].toSorted();
};

const TMPFS_FLAGS: ReadonlySet<string> = new Set(['nosuid', 'nodev', 'noexec', 'ro']);
const TMPFS_DATA = /^(?:size|mode|uid|gid|nr_inodes|nr_blocks)=/;

/**
 * Lays out the mounts of a container.
 *
 * - A bind is attached in the container's root before the runtime starts, so that it is locked there.
 * - Below /dev that is impossible, because the runtime mounts its own /dev. Such a bind is attached at a staged place and
 *   the runtime binds it from there. It would not be locked, so it may not be read-only. Throws Denied.
 * - A tmpfs that has a bind inside is attached as well, or it would cover the bind.
 */
export const layOut = (input: LayoutInput): Layout => {
  const { directory, rootfs, image } = input;
  const early = input.runtime.filter(
    (mount) =>
      mount.type === 'tmpfs' &&
      !isUnder(['/dev'], mount.destination) &&
      input.placed.some(({ place }) => inside(mount.destination, place) !== null),
  );

  const stubs: PlanStep[] = [];
  const attaches: PlanStep[] = [];
  const runtime: Mount[] = input.runtime.filter((mount) => !early.includes(mount));
  const tmpfs: EarlyTmpfs[] = [];
  const staged: { path: string; isDirectory: boolean }[] = [];
  const layers: { target: string; layer: string; readonly: boolean }[] = [];

  /** Where new files of the directories that are attached so far can be made; null where nothing may be made. */
  const writable = new Map<string, string | null>();
  const makeStub = (place: string, isDirectory: boolean): void => {
    const holder = [...writable.keys()]
      .filter((each) => inside(each, place) !== null)
      .toSorted((a, b) => b.length - a.length)[0];
    const root = holder === undefined ? image : writable.get(holder);
    if (root === null || root === undefined) return;
    const rest = holder === undefined ? place : `/${inside(holder, place) ?? ''}`;
    stubs.push({ op: 'stub', root, path: rest, kind: isDirectory ? 'dir' : 'file' });
  };

  const attachTmpfs = (mount: Mount): void => {
    const own = path.join(directory, `tmpfs-${tmpfs.length}`);
    const options = mount.options ?? [];
    const flags = options.filter((option): option is AttachFlag => TMPFS_FLAGS.has(option));
    makeStub(mount.destination, true);
    staged.push({ path: own, isDirectory: true });
    tmpfs.push({
      directory: own,
      options: options.filter((option) => TMPFS_DATA.test(option)),
      place: mount.destination,
    });
    attaches.push({
      op: 'attach',
      source: own,
      identity: null,
      root: rootfs,
      path: mount.destination,
      flags: [...new Set<AttachFlag>(['idmap', 'nodev', ...flags])].toSorted(),
    });
    writable.set(mount.destination, own);
  };

  const attachBind = (each: Placed): void => {
    const { bind, approved, place } = each;
    if (place === '/' || isUnder(['/proc', '/sys'], place) || place === '/dev') {
      throw invalidSpec(`the mount at ${bind.destination}: nothing can be mounted over ${place}`);
    }
    const toRuntime = isUnder(['/dev'], place);
    if (toRuntime && bind.readonly) {
      throw invalidSpec(
        `the mount at ${bind.destination}: a read-only mount cannot be protected below /dev; mount it elsewhere`,
      );
    }
    let from: Pick<Extract<PlanStep, { readonly op: 'attach' }>, 'source' | 'within' | 'identity'>;
    switch (approved.kind) {
      case 'clone':
        from = { source: approved.source, identity: approved.identity };
        break;
      case 'layer': {
        const target = path.join(directory, `layer-${layers.length}`);
        staged.push({ path: target, isDirectory: true });
        layers.push({ target, layer: approved.layer, readonly: bind.readonly });
        // Other steps of the build may write to the layer meanwhile, so the front goes there without following links.
        from = { source: approved.path, within: target, identity: null };
        break;
      }
    }
    const step = { op: 'attach', ...from, flags: flagsOf(each) } as const;
    if (toRuntime) {
      const own = path.join(directory, `staged-${staged.length}`);
      staged.push({ path: own, isDirectory: approved.isDirectory });
      attaches.push({ ...step, root: '/', path: own });
      runtime.push({
        destination: place,
        type: 'bind',
        source: own,
        options: ['bind', 'rprivate', ...step.flags.filter((flag) => flag !== 'idmap')],
      });
      return;
    }
    makeStub(place, approved.isDirectory);
    attaches.push({ ...step, root: rootfs, path: place });
    const mayHold = approved.kind === 'clone' && approved.isDirectory && approved.fixed && !bind.readonly;
    writable.set(place, mayHold ? approved.source : null);
  };

  const work = [
    ...early.map((mount) => ({ place: mount.destination, attach: () => attachTmpfs(mount) })),
    ...input.placed.map((each) => ({ place: each.place, attach: () => attachBind(each) })),
  ].toSorted((a, b) => depth(a.place) - depth(b.place));
  for (const { attach } of work) attach();

  // The runtime makes its own mountpoints below these; Docker's diff would show one that is made in the image.
  const covered = runtime.filter(({ type }) => type !== 'bind').map(({ destination }) => destination);
  for (const { destination } of runtime) {
    if (!covered.some((each) => inside(each, destination) !== null)) makeStub(destination, true);
  }
  return { stubs, attaches, runtime, tmpfs, staged, layers };
};
