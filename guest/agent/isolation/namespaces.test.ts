import { describe, expect, it } from 'vitest';
import { checkNamespaces, namespacesFor, notIsolated, takenNamespaces } from './namespaces.ts';
import { ISOLATING_RUNTIME } from './runtimes.ts';
import type { Namespace } from './spec-schema.ts';

const DIRECTORY = '/run/bulkhead-c/x';
/** What is there only with a runtime that knows time namespaces. */
const withTime = <T>(...given: readonly T[]): readonly T[] => (ISOLATING_RUNTIME.timeNamespace ? given : []);
const OWN: readonly Namespace[] = ['pid', 'ipc', 'uts', 'mount', 'network', 'cgroup'].map((type) => ({ type }));
const without = (...types: readonly string[]): readonly Namespace[] => OWN.filter(({ type }) => !types.includes(type));
const withPath = (type: string, path: string): readonly Namespace[] => [...without(type), { type, path }];

const shared = (types: string): string =>
  `error in the container spec: invalid or unsupported container spec: sysbox containers can't share namespaces [${types}] ` +
  'with the host (because they use the linux user-namespace for isolation)';

describe('the namespaces of a container', () => {
  it('may all be its own', () => {
    expect(checkNamespaces(OWN)).toEqual([]);
  });

  it.each([
    [['pid'], 'pid'],
    [['network'], 'network'],
    [['ipc'], 'ipc'],
    [['uts'], 'uts'],
    [['uts', 'pid', 'ipc'], 'ipc pid uts'],
  ])("may not be the VM's: %j", (missing, named) => {
    expect(() => checkNamespaces(without(...missing))).toThrow(shared(named));
  });

  it.each([
    ['network', '/var/run/docker/netns/default'],
    ['network', '/proc/1/ns/pid'],
    ['network', '/proc/self/ns/net'],
    ['network', '/proc/0/ns/net'],
    ['network', '/proc/1/task/1/ns/net'],
    ['uts', '/proc/7/ns/uts'],
    ['mount', '/proc/7/ns/mnt'],
  ])('may not be at a path that is not of a container: %s %s', (type, path) => {
    expect(() => checkNamespaces(withPath(type, path))).toThrow(shared(type));
  });

  it('may be those of a process', () => {
    expect(checkNamespaces(withPath('network', '/proc/77/ns/net'))).toEqual([{ type: 'network', pid: 77 }]);
  });

  it('must each be there once, and be known', () => {
    expect(() => checkNamespaces([...OWN, { type: 'pid' }])).toThrow('pid is given twice');
    expect(() => checkNamespaces([...OWN, { type: 'imaginary' }])).toThrow('imaginary is not known');
  });

  it('always include a user, cgroup and time namespace of its own', () => {
    const given = [
      ...OWN,
      { type: 'user', path: '/proc/1/ns/user' },
      { type: 'time', path: '/proc/1/ns/time' },
      { type: 'cgroup', path: '/x' },
    ];
    expect(namespacesFor(checkNamespaces(given), DIRECTORY).map(({ type, path }) => [type, path])).toEqual([
      ['user', '/run/bulkhead-c/x/user'],
      ['ipc', undefined],
      ['mount', undefined],
      ['network', undefined],
      ['pid', undefined],
      ['uts', undefined],
      ['cgroup', undefined],
      ...withTime(['time', '/run/bulkhead-c/x/time']),
    ]);
  });

  it('are joined together with the user namespace that owns them, and found where the front leaves them', () => {
    const joins = [{ type: 'network', pid: 77 }] as const;
    expect(takenNamespaces(joins, DIRECTORY)).toEqual([
      { pid: 77, name: 'user', place: '/run/bulkhead-c/x/user' },
      { pid: 77, name: 'time', place: '/run/bulkhead-c/x/time' },
      { pid: 77, name: 'net', place: '/run/bulkhead-c/x/net' },
    ]);
    expect(namespacesFor(joins, DIRECTORY)).toEqual([
      { type: 'user', path: '/run/bulkhead-c/x/user' },
      { type: 'ipc' },
      { type: 'mount' },
      { type: 'network', path: '/run/bulkhead-c/x/net' },
      { type: 'pid' },
      { type: 'uts' },
      { type: 'cgroup' },
      ...withTime({ type: 'time', path: '/run/bulkhead-c/x/time' }),
    ]);
    expect(takenNamespaces([], DIRECTORY)).toEqual([]);
  });

  it("of a process outside every isolated container are the host's", () => {
    expect(
      notIsolated([
        { type: 'pid', pid: 1 },
        { type: 'network', pid: 1 },
      ]).message,
    ).toBe(shared('network pid'));
  });
});
