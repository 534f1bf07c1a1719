import { describe, expect, it } from 'vitest';
import { deviceRulesFor, devicesFor } from './devices.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec } from './testing/specs.ts';

const asked = (name: 'options' | 'privileged') => parseSpec(rawSpec(name)).linux.devices ?? [];

describe('devices', () => {
  it('of a privileged container are the harmless ones, with the null device for the kernel log', () => {
    expect(devicesFor(asked('privileged')).map(({ path, major, minor }) => [path, major, minor])).toEqual([
      ['/dev/fuse', 10, 229],
      ['/dev/net/tun', 10, 200],
      ['/dev/kmsg', 1, 3],
    ]);
  });

  it('that were asked for by name are given', () => {
    expect(devicesFor(asked('options')).map(({ path }) => path)).toEqual(['/dev/fuse', '/dev/net/tun']);
  });

  it.each([
    ['a disk', { path: '/dev/vda', type: 'b', major: 254, minor: 0 }],
    ['a disk under the name of fuse', { path: '/dev/fuse', type: 'b', major: 254, minor: 0 }],
    ['fuse at another place', { path: '/dev/vda', type: 'c', major: 10, minor: 229 }],
    ['memory', { path: '/dev/mem', type: 'c', major: 1, minor: 1 }],
  ])('do not include %s', (_, device) => {
    expect(devicesFor([device])).toEqual([]);
  });

  it('are the only ones that the cgroup allows', () => {
    const plain = deviceRulesFor([]);
    expect(plain[0]).toEqual({ allow: false, access: 'rwm' });
    expect(plain.slice(1).every(({ allow, type }) => allow && type === 'c')).toBe(true);
    expect(plain.some(({ major }) => major === 10)).toBe(false);
    expect(deviceRulesFor(devicesFor(asked('options'))).filter(({ major }) => major === 10)).toHaveLength(2);
  });
});
