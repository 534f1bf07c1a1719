import path from 'node:path';
import fc from 'fast-check';
import { isRecord } from './specs.ts';
import { HOOK } from './world.ts';

/**
 * Random changes of a spec: anything anywhere, and what an attacker would add where it belongs. `docker` is the data root
 * of the world that the specs are for.
 */
export const createMutations = (docker: string) => {
  /** Files of Docker that are no container's business, for sources and paths. */
  const PRIVATE = [
    '',
    'overlay2',
    'overlay2/top/diff',
    'overlay2/top/merged',
    'volumes',
    'containers',
    'tmp',
    'buildkit',
  ].map((each) => path.join(docker, each));
  const NASTY: readonly unknown[] = [
    ...PRIVATE,
    ...PRIVATE.map((source) => ({ destination: '/x', type: 'bind', source, options: ['rbind'] })),
    null,
    '',
    '/',
    '..',
    '../../etc',
    '/etc',
    '/proc/1/ns/net',
    '/proc/1/ns/user',
    '/dev/vda',
    'bind',
    'rbind',
    'rshared',
    'idmap',
    'host',
    -1,
    0,
    65_536,
    2 ** 53,
    1e308,
    true,
    [],
    {},
    ['bind'],
    ['rbind', 'ro'],
    ['CAP_SYS_ADMIN'],
    { type: 'pid', path: '/proc/1/ns/pid' },
    { type: 'user', path: '/proc/1/ns/user' },
    { type: 'network', path: '/proc/1/ns/net' },
    { destination: '/x', type: 'bind', source: '/', options: ['rbind'] },
    { destination: '/x', type: 'none', source: '/etc', options: ['bind'] },
    { destination: '/dev/x', type: 'bind', source: '/dev/vda' },
    { path: '/dev/vda', type: 'b', major: 254, minor: 0 },
    { path: '/dev/fuse', type: 'c', major: 1, minor: 1 },
    { path: '/bin/sh', args: ['sh'] },
    [{ path: '/bin/sh' }],
    [{ path: '/proc/1/exe', args: ['libnetwork-setkey', '-exec-root=/x', 'a', 'b'] }],
    { allow: true, access: 'rwm' },
    [{ allow: true, access: 'rwm' }],
    [{ containerID: 0, hostID: 0, size: 4_294_967_295 }],
    { defaultAction: 'SCMP_ACT_ALLOW' },
    { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/x' },
    { names: ['bpf', 'socket'], action: 'SCMP_ACT_ALLOW' },
    { 'run.oci.handler': 'krun' },
    'SCMP_ACT_ALLOW',
    'SCMP_ACT_NOTIFY',
    'tmpfs',
    'proc',
    'shared',
  ];
  const KEYS = [
    'path',
    'type',
    'source',
    'options',
    'destination',
    'uidMappings',
    'annotations',
    'hooks',
    'prestart',
    'poststop',
    'devices',
    'seccomp',
    'listenerPath',
    'cgroupsPath',
    'rootfsPropagation',
    'personality',
    'windows',
    'readonly',
    '0',
    '99',
  ];

  /** Every container inside the value, with itself. */
  const containers = (value: unknown): (Record<string, unknown> | unknown[])[] => {
    if (Array.isArray(value)) return [value, ...value.flatMap(containers)];
    return isRecord(value) ? [value, ...Object.values(value).flatMap(containers)] : [];
  };

  /** Anything anywhere. */
  const scatter = fc.record({
    op: fc.constant('scatter' as const),
    at: fc.nat(),
    key: fc.oneof(fc.constantFrom(...KEYS), fc.nat(30).map(String)),
    existing: fc.boolean(),
    value: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NASTY) }, { weight: 1, arbitrary: fc.jsonValue() }),
    remove: fc.boolean(),
  });
  /** Something that asks for more, where it belongs. */
  const addition = fc
    .constantFrom<readonly [readonly string[], unknown]>(
      ...PRIVATE.map(
        (source) => [['mounts'], { destination: '/x', type: 'bind', source, options: ['rbind'] }] as const,
      ),
      [['mounts'], { destination: '/x', type: 'none', source: docker, options: ['rbind'] }],
      [
        ['mounts'],
        { destination: '/dev/x', type: 'bind', source: path.join(docker, 'volumes/vol1/_data'), options: ['ro'] },
      ],
      [['mounts'], { destination: '/x', type: 'bind', source: path.join(docker, 'volumes/vol1/_data') }],
      [['mounts'], { destination: '/x', type: 'overlay', source: 'overlay', options: [] }],
      [['mounts'], { destination: '/x', type: 'nfs', source: 'host:/x' }],
      [['hooks', 'prestart'], { path: '/bin/sh' }],
      [['hooks', 'prestart'], { path: HOOK, args: ['docker-untar', '/'] }],
      [['hooks', 'poststop'], { path: '/bin/sh' }],
      [['linux', 'devices'], { path: '/dev/vda', type: 'b', major: 254, minor: 0 }],
      [['linux', 'devices'], { path: '/dev/kmsg', type: 'c', major: 1, minor: 11 }],
      [['linux', 'resources', 'devices'], { allow: true, access: 'rwm' }],
      [['linux', 'namespaces'], { type: 'user', path: '/proc/1/ns/user' }],
      [['linux', 'namespaces'], { type: 'time', path: '/proc/1/ns/time' }],
      [['linux', 'namespaces'], { type: 'cgroup', path: '/proc/1/ns/cgroup' }],
      [['linux', 'seccomp', 'syscalls'], { names: ['bpf', 'kexec_load'], action: 'SCMP_ACT_ALLOW' }],
      [['linux', 'seccomp', 'syscalls'], { names: ['bpf'], action: 'SCMP_ACT_LOG' }],
    )
    .map(([to, value]) => ({ op: 'addition' as const, to, value }));
  /** A value of its own that asks for more. */
  const setting = fc
    .constantFrom<readonly [readonly string[], unknown]>(
      [['linux', 'rootfsPropagation'], 'rshared'],
      [['linux', 'rootfsPropagation'], 'shared'],
      [['linux', 'sysctl'], { 'kernel.core_pattern': '|/x' }],
      [['linux', 'sysctl'], { 'net.ipv4.ip_forward': '1', 'vm.drop_caches': '3' }],
      [['linux', 'sysctl'], { 'net../../kernel.modprobe': '/x' }],
      [['linux', 'cgroupsPath'], '/../system'],
      [['linux', 'intelRdt'], { closID: 'x' }],
      [['linux', 'resources', 'unified'], { 'cgroup.procs': '1' }],
      [['linux', 'seccomp'], { defaultAction: 'SCMP_ACT_ALLOW' }],
      [['process', 'cwd'], '/proc/self/fd/7'],
      [['process', 'oomScoreAdj'], -1000],
      [['process', 'rlimits'], [{ type: 'RLIMIT_RTPRIO', hard: 99, soft: 99 }]],
      [['process', 'rlimits'], [{ type: 'RLIMIT_NPROC', hard: 2 ** 64, soft: 2 ** 64 }]],
      [['process', 'apparmorProfile'], 'unconfined'],
      [['root', 'path'], '/'],
      [['annotations'], { 'run.oci.hooks.stdout': '/x' }],
    )
    .map(([to, value]) => ({ op: 'setting' as const, to, value }));
  const mutation = fc.oneof(scatter, addition, setting);
  type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

  const scatterInto = (spec: Record<string, unknown>, change: Extract<Mutation, { readonly op: 'scatter' }>): void => {
    const { at, key, existing, value, remove } = change;
    const places = containers(spec);
    const place = places[at % places.length];
    if (Array.isArray(place)) {
      const index = Number(key) || 0;
      if (remove) place.splice(index % Math.max(place.length, 1), 1);
      else if (existing && place.length > 0) place[index % place.length] = structuredClone(value);
      else place.push(structuredClone(value));
    } else if (place !== undefined) {
      const keys = Object.keys(place);
      const name = existing && keys.length > 0 ? (keys[at % keys.length] ?? key) : key;
      if (remove) delete place[name];
      else place[name] = structuredClone(value);
    }
  };

  const holderOf = (spec: Record<string, unknown>, to: readonly string[]): Record<string, unknown> => {
    let place: Record<string, unknown> = spec;
    for (const name of to.slice(0, -1)) {
      const next = place[name];
      if (isRecord(next)) place = next;
      else {
        const made = {};
        place[name] = made;
        place = made;
      }
    }
    return place;
  };

  const addTo = (spec: Record<string, unknown>, to: readonly string[], value: unknown): void => {
    const place = holderOf(spec, to);
    const name = to.at(-1) ?? '';
    const list: unknown = place[name];
    place[name] = [...(Array.isArray(list) ? (list as readonly unknown[]) : []), structuredClone(value)];
  };

  const mutate = (spec: Record<string, unknown>, changes: readonly Mutation[]): void => {
    for (const change of changes) {
      switch (change.op) {
        case 'scatter':
          scatterInto(spec, change);
          break;
        case 'addition':
          addTo(spec, change.to, change.value);
          break;
        case 'setting':
          holderOf(spec, change.to)[change.to.at(-1) ?? ''] = structuredClone(change.value);
          break;
      }
    }
  };

  /** Docker's profile is so long that most changes would fall on it. */
  const shorten = (spec: Record<string, unknown>): void => {
    const { linux } = spec;
    if (!isRecord(linux) || linux['seccomp'] === undefined) return;
    linux['seccomp'] = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['read', 'socket'], action: 'SCMP_ACT_ALLOW' }],
    };
  };

  return { mutation, mutate, shorten };
};
