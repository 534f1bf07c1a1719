import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layerAt, layersOf, overlayStep } from './rootfs.ts';

const docker = mkdtempSync(path.join(tmpdir(), 'rootfs-'));
const store = path.join(docker, 'overlay2');

const layer = (name: string, lower: string | null): void => {
  mkdirSync(path.join(store, name, 'diff'), { recursive: true });
  if (lower !== null) writeFileSync(path.join(store, name, 'lower'), lower);
};

beforeAll(() => {
  mkdirSync(path.join(store, 'l'), { recursive: true });
  layer('base', null);
  layer('top-init', 'l/BASE');
  layer('top', 'l/INIT:l/BASE');
  layer('astray', 'l/OUT');
  layer('odd', '../base/diff');
  symlinkSync('../base/diff', path.join(store, 'l/BASE'));
  symlinkSync('../top-init/diff', path.join(store, 'l/INIT'));
  symlinkSync('../../../../etc', path.join(store, 'l/OUT'));
});
afterAll(() => rmSync(docker, { recursive: true }));

const view = {
  docker,
  mounts: [
    { device: '254:0', root: '/', mountPoint: '/', fsType: 'ext4' },
    { device: '0:57', root: '/', mountPoint: path.join(store, 'top/merged'), fsType: 'overlay' },
    { device: '0:57', root: '/', mountPoint: path.join(docker, 'buildkit/executor/x/rootfs'), fsType: 'overlay' },
    { device: '0:57', root: '/etc', mountPoint: path.join(docker, 'part'), fsType: 'overlay' },
    { device: '0:58', root: '/', mountPoint: '/elsewhere', fsType: 'overlay' },
  ],
  shares: new Set<string>(),
};

describe("the container's file system", () => {
  it("is a layer of Docker's store, also through BuildKit's bind mount", () => {
    expect(layerAt(path.join(store, 'top/merged'), view)).toBe('top');
    expect(layerAt(path.join(docker, 'buildkit/executor/x/rootfs'), view)).toBe('top');
  });

  it.each([
    '/',
    '/elsewhere',
    path.join(docker, 'part'),
    path.join(store, 'top/merged/etc'),
    path.join(store, 'base/diff'),
  ])('is not %s', (rootfs) => {
    expect(() => layerAt(rootfs, view)).toThrow("not in Docker's overlay2 store");
  });

  it('has the layers that Docker notes, in their order', () => {
    expect(layersOf(docker, 'top')).toEqual({ top: 'top', lower: ['top-init', 'base'] });
    expect(layersOf(docker, 'base')).toEqual({ top: 'base', lower: [] });
  });

  it.each(['astray', 'odd', 'missing', '..', 'l/BASE'])(
    'is refused when its layers lead out of the store: %s',
    (top) => {
      expect(() => layersOf(docker, top)).toThrow("not in Docker's overlay2 store");
    },
  );

  it('is stacked in terms of the id-mapped store, with a work directory of its own', () => {
    const step = overlayStep({
      docker,
      layers: layersOf(docker, 'top'),
      mapped: '/c/layers',
      target: '/c/rootfs',
      readonly: false,
    });
    expect(step).toEqual({
      op: 'overlay',
      target: '/c/rootfs',
      lower: ['/c/layers/top-init/diff', '/c/layers/base/diff'],
      upper: { dir: '/c/layers/top/diff', work: '/c/layers/top/work-bulkhead' },
    });
    expect(statSync(path.join(store, 'top/work-bulkhead')).mode & 0o777).toBe(0o700);
  });

  it('has no upper layer when it is read-only', () => {
    const step = overlayStep({
      docker,
      layers: layersOf(docker, 'top-init'),
      mapped: '/l',
      target: '/r',
      readonly: true,
    });
    expect(step).toMatchObject({ lower: ['/l/top-init/diff', '/l/base/diff'], upper: null });
    expect(existsSync(path.join(store, 'top-init/work-bulkhead'))).toBe(false);
  });
});
