import { ISOLATING_RUNTIME } from '../runtimes.ts';
import { isRecord, VM_LIMITS } from './specs.ts';

const ALLOWED_NODES: ReadonlySet<string> = new Set(['/dev/fuse 10:229', '/dev/net/tun 10:200', '/dev/kmsg 1:3']);
const PLAIN_NODES: ReadonlySet<string> = new Set([
  '1:3',
  '1:5',
  '1:7',
  '1:8',
  '1:9',
  '5:0',
  '5:1',
  '5:2',
  '136:*',
  '10:200',
  '10:229',
]);
const FILE_SYSTEMS: ReadonlySet<string> = new Set(['proc', 'tmpfs', 'devpts', 'mqueue', 'sysfs', 'cgroup', 'cgroup2']);
/** What the runtime may find ready, and under which name. */
const READY_NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['user', 'user'],
  ['time', 'time'],
  ['pid', 'pid'],
  ['ipc', 'ipc'],
  ['network', 'net'],
]);
const KEYS: ReadonlySet<string> = new Set([
  'ociVersion',
  'process',
  'root',
  'hostname',
  'domainname',
  'mounts',
  'hooks',
  'linux',
]);

const word = (value: unknown): string => JSON.stringify(value) ?? '*';
const list = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];
const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/**
 * What must hold for every spec that reaches the isolating runtime, whatever the request was. Returns what does not hold.
 * `directory` is the container's own, `hook` the only program that may be run in the VM.
 */
export const violations = (spec: unknown, directory: string, hook: string): readonly string[] => {
  const found: string[] = [];
  const check = (holds: boolean, what: string): void => {
    if (!holds) found.push(what);
  };
  if (!isRecord(spec) || !isRecord(spec['linux'])) return ['not a spec'];
  const { linux } = spec;
  check(
    Object.keys(spec).every((key) => KEYS.has(key)),
    `a field that nobody knows: ${Object.keys(spec).join()}`,
  );

  const namespaces = list(linux['namespaces']);
  // A runtime that knows no time namespaces leaves the container in the VM's.
  const made = ISOLATING_RUNTIME.timeNamespace ? ['user', 'time'] : ['user'];
  for (const type of [...made, 'pid', 'ipc', 'uts', 'mount', 'network', 'cgroup']) {
    check(namespaces.filter((each) => each['type'] === type).length === 1, `not exactly one ${type} namespace`);
  }
  // Nothing but what the front leaves in the container's own directory.
  for (const { type, path } of namespaces) {
    const file = READY_NAMESPACES.get(String(type));
    const mayLack = !made.includes(String(type));
    const isReady = file !== undefined && path === `${directory}/${file}`;
    check(isReady || (mayLack && path === undefined), `${String(type)} namespace at ${word(path)}`);
  }

  for (const key of ['uidMappings', 'gidMappings']) {
    const [map, ...more] = list(linux[key]);
    const host = Number(map?.['hostID']);
    check(more.length === 0 && map?.['containerID'] === 0 && map['size'] === 65_536, `${key} is not one range`);
    check(
      host >= 100_000 && (host - 100_000) % 65_536 === 0 && host + 65_536 <= 100_000 + 4096 * 65_536,
      `${key} at ${host}`,
    );
  }

  for (const mount of list(spec['mounts'])) {
    const options = strings(mount['options']);
    if (mount['type'] === 'bind' || options.includes('bind') || options.includes('rbind')) {
      check(String(mount['source']).startsWith(`${directory}/staged-`), `a bind of ${String(mount['source'])}`);
      check(!options.includes('ro'), 'a read-only bind that is not locked');
      check(String(mount['destination']).startsWith('/dev/'), 'a bind that could have been locked');
    } else {
      check(FILE_SYSTEMS.has(String(mount['type'])), `a mount of type ${String(mount['type'])}`);
    }
    check(
      !options.some((option) => /shared|idmap|copy|nofollow|recvtty/.test(option)),
      `mount options ${options.join()}`,
    );
  }

  for (const device of list(linux['devices'])) {
    check(
      ALLOWED_NODES.has(`${String(device['path'])} ${String(device['major'])}:${String(device['minor'])}`),
      `device ${String(device['path'])}`,
    );
    check(device['type'] === 'c', 'a block device');
  }
  const resources = isRecord(linux['resources']) ? linux['resources'] : {};
  const [first, ...rules] = list(resources['devices']);
  check(first?.['allow'] === false && first['type'] === undefined, 'the first device rule does not deny all');
  for (const rule of rules) {
    const name = `${word(rule['major'])}:${word(rule['minor'])}`;
    check(rule['type'] === 'c' && PLAIN_NODES.has(name), `device rule ${name}`);
  }

  const hooks = isRecord(spec['hooks']) ? spec['hooks'] : {};
  for (const [kind, programs] of Object.entries(hooks)) {
    for (const program of list(programs))
      check(kind === 'prestart' && program['path'] === hook, `hook ${kind} ${String(program['path'])}`);
  }

  const seccomp = isRecord(linux['seccomp']) ? linux['seccomp'] : {};
  check(typeof seccomp['defaultAction'] === 'string', 'no system call filter');
  check(
    seccomp['listenerPath'] === undefined && seccomp['listenerMetadata'] === undefined,
    'calls are handed to another process',
  );
  const passes = (action: unknown): boolean =>
    ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(String(action));
  const filters = list(seccomp['syscalls']);
  for (const name of ['bpf', 'init_module', 'kexec_load', 'open_by_handle_at', 'userfaultfd', 'io_uring_setup']) {
    const named = filters.filter((filter) => strings(filter['names']).includes(name));
    check(!named.some((filter) => passes(filter['action'])), `${name} is let through`);
    check(!passes(seccomp['defaultAction']) || named.length > 0, `${name} is let through by default`);
  }

  check(
    /^\/docker\/(buildkit\/)?[A-Za-z0-9_.-]+$/.test(String(linux['cgroupsPath'])),
    `cgroup ${String(linux['cgroupsPath'])}`,
  );
  check(!String(linux['cgroupsPath']).split('/').includes('..'), `cgroup ${String(linux['cgroupsPath'])}`);
  const settings = isRecord(linux['sysctl']) ? Object.keys(linux['sysctl']) : [];
  for (const name of settings)
    check(/^(?:net\.|fs\.mqueue\.|kernel\.(?:msg|sem|shm))(?!.*\.\.)/.test(name), `sysctl ${name}`);
  const limits = isRecord(linux['resources']) ? Object.keys(linux['resources']) : [];
  const known = new Set(['devices', 'memory', 'cpu', 'pids', 'blockIO', 'hugepageLimits', 'unified']);
  check(
    limits.every((name) => known.has(name)),
    `limits ${limits.join()}`,
  );
  check(word(resources['unified']) === '{"cgroup.max.descendants":"4096"}', 'control groups without number');
  check(linux['intelRdt'] === undefined && linux['memoryPolicy'] === undefined, 'hardware of the VM');

  const initial = isRecord(spec['process']) ? spec['process'] : {};
  check(!/^\/(?:proc|dev\/fd)|\.\./.test(String(initial['cwd'])), `directory ${String(initial['cwd'])}`);
  check(Number(initial['oomScoreAdj'] ?? 0) >= -999, 'it outlives the VM');
  for (const { type, hard, soft } of list(initial['rlimits'])) {
    const highest = Number(VM_LIMITS.get(String(type)) ?? -1);
    check(Number(hard) <= highest && Number(soft) <= highest, `limit ${String(type)}`);
  }
  for (const name of ['selinuxLabel', 'scheduler', 'ioPriority']) check(initial[name] === undefined, name);

  check(!/shared/.test(String(linux['rootfsPropagation'])), 'mounts propagate to the VM');
  check(isRecord(spec['root']) && spec['root']['path'] === `${directory}/rootfs`, 'another root');
  return found;
};
