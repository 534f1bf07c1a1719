import { describe, expect, it } from 'vitest';
import { classifyMounts, withMode } from './mounts.ts';
import type { Mount } from './spec-schema.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec, SPEC_NAMES } from './testing/specs.ts';

const mountsOf = (name: (typeof SPEC_NAMES)[number]): readonly Mount[] => parseSpec(rawSpec(name)).mounts;
const withMount = (mount: Mount): readonly Mount[] => [...mountsOf('run'), mount];

describe('the mounts of a spec', () => {
  it.each(SPEC_NAMES)('are told apart: %s', (name) => {
    const { runtime, binds } = classifyMounts(mountsOf(name));
    expect(runtime.length + binds.length).toBe(mountsOf(name).length);
    expect(runtime.map(({ type }) => type)).not.toContain('bind');
    expect(binds.map(({ destination }) => destination)).toContain('/etc/hosts');
  });

  it('keep what was asked of a bind', () => {
    const { binds } = classifyMounts(
      withMount({ destination: '/x/', type: 'bind', source: '/s', options: ['rbind', 'rro', 'noexec', 'rprivate'] }),
    );
    expect(binds.at(-1)).toEqual({ source: '/s', destination: '/x', readonly: true, flags: ['noexec'] });
  });

  it('are binds by their option as well as by their type', () => {
    const { runtime, binds } = classifyMounts(
      withMount({ destination: '/x', type: 'tmpfs', source: '/etc', options: ['bind'] }),
    );
    expect(binds.at(-1)?.source).toBe('/etc');
    expect(runtime.some(({ destination }) => destination === '/x')).toBe(false);
  });

  it.each<[string, Mount, string]>([
    ['an unknown type', { destination: '/x', type: 'ext4', source: '/dev/vda' }, 'type ext4'],
    [
      'an overlay',
      { destination: '/x', type: 'overlay', source: 'overlay', options: ['lowerdir=/etc'] },
      'type overlay',
    ],
    ['no type', { destination: '/x', source: '/etc' }, 'type  is not supported'],
    ['proc at another place', { destination: '/x', type: 'proc', source: 'proc' }, 'type proc'],
    [
      'another type at /sys',
      { destination: '/sys/fs/cgroup', type: 'tmpfs', source: 'tmpfs' },
      'does not belong there',
    ],
    ['a tmpfs below /proc', { destination: '/proc/scsi', type: 'tmpfs', source: 'tmpfs' }, 'below /proc and /sys'],
    ['the root', { destination: '/', type: 'tmpfs', source: 'tmpfs' }, 'the root of the container'],
    ['the root in disguise', { destination: '/a/..', type: 'bind', source: '/s' }, 'the root of the container'],
    ['a relative place', { destination: 'x', type: 'tmpfs', source: 'tmpfs' }, 'not absolute'],
    ['a relative source', { destination: '/x', type: 'bind', source: 's' }, 'not an absolute path'],
    ['no source', { destination: '/x', type: 'bind' }, 'not an absolute path'],
    [
      'shared propagation',
      { destination: '/x', type: 'bind', source: '/s', options: ['rshared'] },
      'propagation rshared',
    ],
    [
      "an option of the runtime's own",
      { destination: '/x', type: 'bind', source: '/s', options: ['idmap'] },
      'option idmap',
    ],
    [
      'an option of another file system',
      { destination: '/x', type: 'tmpfs', source: 'tmpfs', options: ['lowerdir=/etc'] },
      'option lowerdir=/etc',
    ],
    [
      'copying on top',
      { destination: '/x', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] },
      'option tmpcopyup',
    ],
    ['one place twice', { destination: '/etc/hosts', type: 'tmpfs', source: 'tmpfs' }, 'two mounts at /etc/hosts'],
  ])('are refused for %s', (_, mount, message) => {
    const others = mountsOf('run').filter(({ destination }) => destination !== '/sys/fs/cgroup');
    expect(() => classifyMounts([...others, mount])).toThrow(message);
  });

  it.each(['/proc', '/dev'])('must have %s', (missing) => {
    expect(() => classifyMounts(mountsOf('run').filter(({ destination }) => destination !== missing))).toThrow(
      `no mount at ${missing}`,
    );
  });
});

describe('a tmpfs', () => {
  const tmpfs = (...options: readonly string[]): Mount => ({ destination: '/x', type: 'tmpfs', options: [...options] });

  it.each<[string, Mount, boolean, Mount]>([
    ["is everybody's at a new place", tmpfs('noexec'), false, tmpfs('noexec', 'mode=1777')],
    ['takes the mode of the directory that is there', tmpfs('noexec'), true, tmpfs('noexec')],
    ['keeps the mode that was asked for', tmpfs('mode=1770'), false, tmpfs('mode=1770')],
  ])('%s', (_, mount, isThere, expected) => {
    expect(withMode(mount, isThere)).toEqual(expected);
  });
});
