import { describe, expect, it } from 'vitest';
import type { LayoutInput, Placed } from './layout.ts';
import { layOut } from './layout.ts';

const identity = { dev: 1n, ino: 2n };
const bind = (
  place: string,
  source: string,
  more: { readonly readonly?: boolean; readonly isDirectory?: boolean; readonly fixed?: boolean } = {},
): Placed => ({
  bind: { source, destination: place, readonly: more.readonly ?? false, flags: [] },
  approved: {
    kind: 'clone',
    source,
    identity,
    idmap: true,
    flags: [],
    isDirectory: more.isDirectory ?? true,
    fixed: more.fixed ?? true,
  },
  place,
});
const RUNTIME: LayoutInput['runtime'] = [
  { destination: '/proc', type: 'proc' },
  { destination: '/dev', type: 'tmpfs' },
  { destination: '/dev/shm', type: 'tmpfs' },
  { destination: '/sys', type: 'sysfs' },
  { destination: '/sys/fs/cgroup', type: 'cgroup' },
];
const lay = (placed: readonly Placed[], runtime: LayoutInput['runtime'] = RUNTIME) =>
  layOut({ placed, runtime, directory: '/c', rootfs: '/c/rootfs', image: '/merged' });

describe('the layout of mounts', () => {
  it('attaches binds in the root, outer ones first', () => {
    const { attaches, stubs } = lay([
      bind('/a/b/c', '/three'),
      bind('/etc/hosts', '/hosts', { isDirectory: false }),
      bind('/a', '/one'),
    ]);
    expect(attaches.map((step) => (step.op === 'attach' ? [step.source, step.root, step.path] : []))).toEqual([
      ['/one', '/c/rootfs', '/a'],
      ['/hosts', '/c/rootfs', '/etc/hosts'],
      ['/three', '/c/rootfs', '/a/b/c'],
    ]);
    expect(attaches[0]).toMatchObject({ identity, flags: ['idmap', 'nodev'] });
    expect(stubs).toContainEqual({ op: 'stub', root: '/merged', path: '/etc/hosts', kind: 'file' });
  });

  it('makes a mountpoint where it will be seen: in the image or in the directory that covers it', () => {
    expect(lay([bind('/a', '/one'), bind('/a/b/c', '/two')]).stubs.slice(0, 2)).toEqual([
      { op: 'stub', root: '/merged', path: '/a', kind: 'dir' },
      { op: 'stub', root: '/one', path: '/b/c', kind: 'dir' },
    ]);
  });

  it.each([
    ['read-only', { readonly: true }],
    ['within reach of a container', { fixed: false }],
  ])('makes none in a directory that is %s', (_, more) => {
    const { stubs } = lay([bind('/a', '/one', more), bind('/a/b', '/two')]);
    expect(stubs.some((step) => step.op === 'stub' && step.root === '/one')).toBe(false);
  });

  it('makes no mountpoint that the runtime covers', () => {
    const made = lay([]).stubs.map((step) => (step.op === 'stub' ? step.path : ''));
    expect(made).toEqual(['/proc', '/dev', '/sys']);
  });

  it('marks a read-only bind, which is locked then', () => {
    expect(lay([bind('/a', '/one', { readonly: true })]).attaches[0]).toMatchObject({
      flags: ['idmap', 'nodev', 'ro'],
    });
  });

  it('stages a bind below /dev for the runtime', () => {
    const { attaches, staged, runtime, stubs } = lay(
      [bind('/dev/shm', '/shm')],
      RUNTIME.filter(({ destination }) => destination !== '/dev/shm'),
    );
    expect(staged).toEqual([{ path: '/c/staged-0', isDirectory: true }]);
    expect(attaches).toMatchObject([{ source: '/shm', root: '/', path: '/c/staged-0', flags: ['idmap', 'nodev'] }]);
    expect(runtime.at(-1)).toEqual({
      destination: '/dev/shm',
      type: 'bind',
      source: '/c/staged-0',
      options: ['bind', 'rprivate', 'nodev'],
    });
    expect(stubs.some((step) => step.op === 'stub' && step.path.startsWith('/dev/'))).toBe(false);
  });

  it('refuses a read-only bind below /dev, which could not be locked', () => {
    expect(() => lay([bind('/dev/x', '/x', { readonly: true })])).toThrow('cannot be protected below /dev');
  });

  it.each(['/', '/dev', '/proc', '/proc/self', '/sys/fs/cgroup'])('refuses a bind at %s', (place) => {
    expect(() => lay([bind(place, '/x')])).toThrow('nothing can be mounted over');
  });

  it('attaches a tmpfs that has a bind inside', () => {
    const tmpfs = {
      destination: '/run',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['noexec', 'nosuid', 'rprivate', 'size=10m'],
    };
    const {
      attaches,
      tmpfs: early,
      runtime,
      stubs,
    } = lay([bind('/run/d', '/volume', { readonly: true })], [...RUNTIME, tmpfs]);
    expect(early).toEqual([{ directory: '/c/tmpfs-0', options: ['size=10m'], place: '/run' }]);
    expect(attaches).toMatchObject([
      { source: '/c/tmpfs-0', path: '/run', flags: ['idmap', 'nodev', 'noexec', 'nosuid'] },
      { source: '/volume', path: '/run/d' },
    ]);
    expect(stubs).toContainEqual({ op: 'stub', root: '/c/tmpfs-0', path: '/d', kind: 'dir' });
    expect(runtime.some(({ destination }) => destination === '/run')).toBe(false);
  });

  it('stacks the layers of a build anew and attaches the part that was asked for', () => {
    const placed: Placed = {
      bind: { source: '/merged2', destination: '/from', readonly: true, flags: [] },
      approved: { kind: 'layer', layer: 'abc', path: '/etc', isDirectory: true },
      place: '/from',
    };
    const { layers, attaches } = lay([placed]);
    expect(layers).toEqual([{ target: '/c/layer-0', layer: 'abc', readonly: true }]);
    expect(attaches).toMatchObject([{ source: '/etc', within: '/c/layer-0', identity: null, flags: ['nodev', 'ro'] }]);
  });
});
