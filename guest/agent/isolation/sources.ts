import { lstatSync, realpathSync } from 'node:fs';
import { restrictedMount } from './denied.ts';
import type { Location, MountEntry } from './mountinfo.ts';
import { below, deviceName, locate } from './mountinfo.ts';
import type { Bind } from './mounts.ts';
import type { AttachFlag } from './plan.ts';

/** On whose behalf a bind is asked for: a container of the engine, or a step of an image build. */
export type Caller =
  | {
      readonly kind: 'container';
      /** Itself and those whose namespaces it shares. */
      readonly ids: readonly string[];
      /** The one socket through which it may give the engine commands: its own of the gateway's; null for none. */
      readonly dockerSocket: string | null;
    }
  | { readonly kind: 'build' };

/** How an approved source gets into the container. */
export type Approved =
  | {
      readonly kind: 'clone';
      readonly source: string;
      readonly identity: { readonly dev: bigint; readonly ino: bigint };
      readonly idmap: boolean;
      readonly flags: readonly AttachFlag[];
      readonly isDirectory: boolean;
      /** No container can put something else at this path, so that the VM may make mountpoints in it. */
      readonly fixed: boolean;
    }
  /** A mounted layer of an image cannot be id-mapped; its layers can be stacked anew. */
  | { readonly kind: 'layer'; readonly layer: string; readonly path: string; readonly isDirectory: boolean };

type Verdict =
  | { readonly kind: 'clone'; readonly idmap: boolean; readonly flags: readonly AttachFlag[]; readonly socket?: true }
  | { readonly kind: 'layer'; readonly layer: string; readonly path: string };

export interface SourceView {
  readonly mounts: readonly MountEntry[];
  /** Docker's data root. */
  readonly docker: string;
  /** Devices of the directories that the host shares. */
  readonly shares: ReadonlySet<string>;
}

const VOLUME = /^volumes\/[^/]+\/_data(?:\/|$)/;
const VOLUME_MOUNT = /^volumes\/[^/]+\/_data$/;
/** dockerd mounts a part of a volume once more before it asks for a container (moby, internal/safepath). */
const VOLUME_VIEW = /^(?:volumes\/[^/]+\/_data|tmp\/safe-mount\d+)$/;
const CONTAINER_FILE = /^containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf)$/;
const CONTAINER_MOUNT = /^containers\/([0-9a-f]{64})\/mounts\/[^/]+$/;
const BUILD_FILE = /^buildkit\/executor\/(?:resolv\.conf|hosts)(?:[.-][A-Za-z0-9.-]+)?$/;
const BUILD_LAYER = /^overlay2\/[a-z0-9]+\/diff(?:\/|$)/;
const BUILD_SSH = /^tmp\/\.?buildkit-ssh-sock\d+\/[^/]+$/;
/** What a frontend of a build (`# syntax=`) is told (buildkit, frontend/gateway, metadataMount); it only reads it. */
const BUILD_METADATA = /^tmp\/buildkit-metadata\d+$/;
const BUILD_SECRETS = /^tmp\/buildkit-secrets\d+$/;
const MERGED = /^overlay2\/([a-z0-9]+(?:-init)?)\/merged$/;
/** File systems of volumes that the local driver mounts and that cannot be id-mapped. */
const REMOTE: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'cifs', 'smb3']);

/** `docker run --init`: dockerd looks `docker-init` up, which Debian makes a link to tini. */
const INIT_DESTINATION = '/sbin/docker-init';
const INIT_PROGRAMS: ReadonlySet<string> = new Set(['/usr/bin/docker-init', '/usr/bin/tini-static', '/usr/bin/tini']);

/**
 * Nodes of Kubernetes in a container bind `/lib/modules`, to see which modules there are (kind, minikube). It holds what
 * Debian publishes and nothing of anybody's.
 */
const KERNEL_MODULES = '/usr/lib/modules';

const volume = (idmap: boolean): Verdict => ({ kind: 'clone', idmap, flags: idmap ? [] : ['nosuid'] });
const file = (flags: readonly AttachFlag[] = ['nosuid', 'noexec']): Verdict => ({ kind: 'clone', idmap: true, flags });

/** A place on the file system that holds Docker's data, as the path below the data root. */
const judgeData = (rest: string, caller: Caller): Verdict | null => {
  if (VOLUME.test(rest)) return volume(true);
  switch (caller.kind) {
    case 'container': {
      const owner = CONTAINER_FILE.exec(rest)?.[1];
      return owner !== undefined && caller.ids.includes(owner) ? file() : null;
    }
    case 'build':
      if (BUILD_FILE.test(rest)) return file();
      if (BUILD_LAYER.test(rest)) return file([]);
      if (BUILD_METADATA.test(rest)) return file(['ro', 'nosuid', 'noexec']);
      return BUILD_SSH.test(rest) ? { kind: 'clone', idmap: true, flags: ['nosuid', 'noexec'], socket: true } : null;
  }
};

/**
 * Whether the file system was mounted as the data of a volume and is nowhere else. The local driver also mounts existing
 * directories when it is told to bind; their file system has a place of its own in the VM, and is none of the container's.
 */
const isVolumeDevice = (location: Location, view: SourceView): boolean => {
  const places = view.mounts
    .filter(({ device }) => device === location.device)
    .map(({ mountPoint }) => below(view.docker, mountPoint) ?? '');
  return places.some((place) => VOLUME_MOUNT.test(place)) && places.every((place) => VOLUME_VIEW.test(place));
};

const judgeTmpfs = (location: Location, view: SourceView, caller: Caller): Verdict | null => {
  if (isVolumeDevice(location, view)) return volume(true);
  const rest = below(view.docker, location.mountPoint) ?? '';
  switch (caller.kind) {
    case 'container': {
      const owner = CONTAINER_MOUNT.exec(rest)?.[1];
      return owner !== undefined && caller.ids.includes(owner) ? file() : null;
    }
    case 'build':
      return BUILD_SECRETS.test(rest) ? file() : null;
  }
};

/** The layer whose overlay is mounted on this device. */
export const layerOn = (device: string, view: SourceView): string | null => {
  for (const mount of view.mounts) {
    const layer = MERGED.exec(below(view.docker, mount.mountPoint) ?? '')?.[1];
    if (mount.device === device && mount.fsType === 'overlay' && layer !== undefined) return layer;
  }
  return null;
};

/** Containers see what is in a volume or a layer, never the directory that holds it. */
const isFixed = (source: string, location: Location, view: SourceView): boolean =>
  location.mountPoint === source ||
  /^(?:volumes\/[^/]+\/_data|overlay2\/[a-z0-9]+\/diff)$/.test(below(view.docker, source) ?? '');

/** What may be done with a place of the VM; null for what is none of the caller's business. */
export const judge = (location: Location, view: SourceView, caller: Caller): Verdict | null => {
  const data = locate(view.mounts, view.docker);
  if (data !== null && location.device === data.device) {
    const rest = below(data.path, location.path);
    return rest === null ? null : judgeData(rest, caller);
  }
  if (location.mountPoint === '/' && location.path === KERNEL_MODULES && caller.kind === 'container') {
    return file(['ro', 'nosuid', 'noexec']);
  }
  if (location.fsType === 'tmpfs') return judgeTmpfs(location, view, caller);
  if (REMOTE.has(location.fsType)) return isVolumeDevice(location, view) ? volume(false) : null;
  if (location.fsType === 'virtiofs' && caller.kind === 'container') {
    return view.shares.has(location.device) ? { kind: 'clone', idmap: true, flags: ['nosuid'] } : null;
  }
  if (location.fsType === 'overlay' && caller.kind === 'build') {
    const layer = layerOn(location.device, view);
    return layer === null ? null : { kind: 'layer', layer, path: location.path };
  }
  return null;
};

/**
 * Decides about the source of a bind by where it really lies: symbolic links are resolved and bind mounts seen through.
 * What it returns carries the file's identity, which the front compares with the clone that it attaches. Everything that
 * is not known to be the container's own is Denied.
 */
export const approveSource = (bind: Bind, view: SourceView, caller: Caller): Approved => {
  const refused = restrictedMount(bind.source);
  let source: string;
  try {
    source = realpathSync(bind.source);
  } catch {
    throw refused;
  }
  const status = lstatSync(source, { bigint: true });
  const identity = { dev: status.dev, ino: status.ino };
  const isDirectory = status.isDirectory();
  if (bind.destination === INIT_DESTINATION && INIT_PROGRAMS.has(source) && status.isFile()) {
    return { kind: 'clone', source, identity, idmap: false, flags: ['ro', 'nosuid'], isDirectory, fixed: false };
  }
  if (caller.kind === 'container' && source === caller.dockerSocket && status.isSocket()) {
    return { kind: 'clone', source, identity, idmap: true, flags: ['nosuid', 'noexec'], isDirectory, fixed: false };
  }
  const location = locate(view.mounts, source);
  if (location === null || deviceName(status.dev) !== location.device) throw refused;
  const verdict = judge(location, view, caller);
  if (verdict === null) throw refused;
  const usable =
    isDirectory || status.isFile() || (verdict.kind === 'clone' && verdict.socket === true && status.isSocket());
  if (!usable) throw refused;
  if (verdict.kind === 'layer') return { ...verdict, isDirectory };
  const { idmap, flags } = verdict;
  return { kind: 'clone', source, identity, idmap, flags, isDirectory, fixed: isFixed(source, location, view) };
};
