import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { invalidSpec } from './denied.ts';
import { locate } from './mountinfo.ts';
import type { PlanStep } from './plan.ts';
import type { SourceView } from './sources.ts';
import { layerOn } from './sources.ts';

/** A layer in Docker's store with those below it, the nearest first; names of directories in the store. */
export interface Layers {
  readonly top: string;
  readonly lower: readonly string[];
}

const LAYER = /^[a-z0-9]+(?:-init)?$/;
/** `lower` names layers by short links, which point to `../LAYER/diff` (moby, daemon/graphdriver/overlay2). */
const SHORT = /^l\/[A-Z0-9]+$/;
const SHORT_TARGET = /^\.\.\/([a-z0-9]+(?:-init)?)\/diff$/;
/** Docker's own work directory belongs to Docker's own mount of the same layer. */
const WORK = 'work-bulkhead';

const notAStore = (what: string): Error =>
  invalidSpec(`the container's file system is not in Docker's overlay2 store: ${what}`);

const isDirectory = (directory: string): boolean =>
  lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The directory that holds the layers. */
export const storeOf = (docker: string): string => path.join(docker, 'overlay2');

/**
 * The layer that is mounted at `rootfs`: the mountpoint of a container, or the bind mount of it that BuildKit makes.
 * Throws Denied when it is not a layer of Docker's store as a whole.
 */
export const layerAt = (rootfs: string, view: SourceView): string => {
  const location = locate(view.mounts, rootfs);
  if (location?.fsType !== 'overlay' || location.mountPoint !== rootfs || location.path !== '/') {
    throw notAStore(`${rootfs} is not the mountpoint of an overlay`);
  }
  const layer = layerOn(location.device, view);
  if (layer === null) throw notAStore(`${rootfs} does not belong to any layer`);
  return layer;
};

/** Reads which layers lie below `top`, and checks that each is a directory of the store. Throws Denied. */
export const layersOf = (docker: string, top: string): Layers => {
  const store = storeOf(docker);
  if (!LAYER.test(top) || !isDirectory(path.join(store, top, 'diff'))) throw notAStore(`${top} is not a layer`);
  const below = path.join(store, top, 'lower');
  if (!existsSync(below)) return { top, lower: [] };
  const lower = readFileSync(below, 'utf8')
    .trim()
    .split(':')
    .map((short) => {
      if (!SHORT.test(short)) throw notAStore(`${short} is not a link to a layer`);
      const layer = SHORT_TARGET.exec(readlinkSync(path.join(store, short)))?.[1];
      if (layer === undefined || !isDirectory(path.join(store, layer, 'diff')))
        throw notAStore(`${short} does not lead to a layer`);
      return layer;
    });
  return { top, lower };
};

/**
 * The step that stacks the layers at `target`. `mapped` is where the store is id-mapped. A writable one needs its own work
 * directory beside the upper layer, made here and removed by Docker together with the layer. A read-only one has no upper
 * layer at all, so that nothing can make it writable again.
 */
export const overlayStep = (options: {
  readonly docker: string;
  readonly layers: Layers;
  readonly mapped: string;
  readonly target: string;
  readonly readonly: boolean;
}): PlanStep => {
  const { layers, mapped, target } = options;
  const diff = (layer: string): string => path.join(mapped, layer, 'diff');
  const lower = layers.lower.map(diff);
  if (options.readonly) {
    // An overlay without an upper layer needs two lower ones.
    if (lower.length === 0) throw notAStore(`${layers.top} is a single layer, which cannot be mounted read-only`);
    return { op: 'overlay', target, lower: [diff(layers.top), ...lower], upper: null };
  }
  if (lower.length === 0) throw notAStore(`${layers.top} has no layer below it`);
  const work = path.join(storeOf(options.docker), layers.top, WORK);
  if (!isDirectory(work)) mkdirSync(work, { mode: 0o700 });
  return { op: 'overlay', target, lower, upper: { dir: diff(layers.top), work: path.join(mapped, layers.top, WORK) } };
};
