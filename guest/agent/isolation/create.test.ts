import { existsSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from './create.ts';
import { ownNamespaces } from './namespaces.ts';
import type { PlanStep } from './plan.ts';
import { ISOLATING_RUNTIME } from './runtimes.ts';
import { violations } from './testing/invariants.ts';
import type { SpecName } from './testing/specs.ts';
import { isRecord } from './testing/specs.ts';
import type { World } from './testing/world.ts';
import { createWorld, HOOK, idOf } from './testing/world.ts';

const stepsOf = ({ answer }: Decision): readonly PlanStep[] => {
  if (answer.kind === 'deny') throw new Error(answer.message);
  return answer.steps;
};
const rangeOf = (decision: Decision): number | undefined =>
  stepsOf(decision).flatMap((step) => (step.op === 'userns' ? [step.base] : []))[0];
const messageOf = ({ answer }: Decision): string => (answer.kind === 'deny' ? answer.message : 'it was accepted');

const mountsAt = (place: string, spec: unknown): readonly unknown[] => {
  const mounts: unknown = isRecord(spec) ? spec['mounts'] : [];
  return (Array.isArray(mounts) ? mounts.filter(isRecord) : [])
    .filter(({ destination }) => destination === place)
    .map(({ type }) => type);
};

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.remove());

const decide = (id: string, spec: unknown, kind: 'build' | 'create' = 'create'): Decision =>
  world.decide(world.call(id, spec, kind));
const start = (name: SpecName, kind: 'build' | 'create' = 'create'): Decision => {
  const spec = world.spec(name);
  return decide(idOf(spec), spec, kind);
};

describe('the start of a container', () => {
  it('is a plan that ends in the isolating runtime with the new spec', () => {
    const spec = world.spec('volumes');
    const id = idOf(spec);
    const steps = stepsOf(decide(id, spec));
    expect(steps.slice(0, 3)).toEqual([
      { op: 'unshare' },
      { op: 'userns', base: 100_000, size: 65_536, places: ownNamespaces(world.own(id)) },
      {
        op: 'attach',
        source: path.join(world.directory, 'docker/overlay2'),
        identity: null,
        root: '/',
        path: `${world.own(id)}/layers`,
        flags: ['idmap'],
      },
    ]);
    expect(steps.find(({ op }) => op === 'overlay')).toMatchObject({
      target: `${world.own(id)}/rootfs`,
      upper: { dir: `${world.own(id)}/layers/top/diff` },
    });
    expect(steps.filter((step) => step.op === 'attach').map(({ path: place }) => place)).toEqual([
      `${world.own(id)}/layers`,
      '/data',
      '/anon',
      '/data/ro',
      '/etc/resolv.conf',
      '/etc/hostname',
      '/etc/hosts',
    ]);
    expect(steps.slice(-2)).toMatchObject([{ op: 'dev' }, { op: 'exec', path: ISOLATING_RUNTIME.program }]);
    expect(readlinkSync(`${world.own(id)}/runtime`)).toBe(ISOLATING_RUNTIME.program);
    expect(statSync(`${world.own(id)}/config.json`).mode & 0o777).toBe(0o600);
    expect(statSync(world.own(id)).mode & 0o777).toBe(0o711);
  });

  it.each<[SpecName, 'build' | 'create']>([
    ['run', 'create'],
    ['privileged', 'create'],
    ['volumes', 'create'],
    ['options', 'create'],
    ['terminal', 'create'],
    ['unconfined', 'create'],
    ['read-only-tmpfs', 'create'],
    ['healthcheck', 'create'],
    ['networks', 'create'],
    ['volume-tmpfs', 'create'],
    ['volumes-from', 'create'],
    ['build-legacy', 'create'],
    ['build-run', 'build'],
    ['build-mounts', 'build'],
  ])('writes a spec in which everything holds that must: %s', (name, kind) => {
    const spec = world.spec(name);
    const id = kind === 'build' ? 'build0id' : idOf(spec);
    expect(messageOf(decide(id, spec, kind))).toBe('it was accepted');
    expect(violations(world.written(id), world.own(id), HOOK)).toEqual([]);
  });

  it.each<[SpecName, string]>([
    ['bind-etc', "can't mount /etc because it's configured as a restricted host mount"],
    ['docker-socket', "can't mount /var/run/docker.sock because it's configured as a restricted host mount"],
    [
      'host-network',
      "sysbox containers can't share namespaces [network] with the host (because they use the linux user-namespace for isolation)",
    ],
    [
      'host-namespaces',
      "sysbox containers can't share namespaces [ipc pid uts] with the host (because they use the linux user-namespace for isolation)",
    ],
  ])('is refused in the words that Docker documents: %s', (name, message) => {
    expect(messageOf(start(name))).toContain(
      `error in the container spec: ${message.startsWith('sysbox') ? 'invalid or unsupported container spec: ' : ''}${message}`,
    );
    expect(world.messages.at(-1)).toContain(message);
  });

  it('refuses a container the files of a build, and a build those of a container', () => {
    expect(messageOf(start('build-mounts', 'create'))).toContain('restricted host mount');
    expect(messageOf(decide('build0id', world.spec('run'), 'build'))).toContain('restricted host mount');
  });

  it('goes on in the cgroup that BuildKit looks at', () => {
    decide('build0id', world.spec('build-run'), 'build');
    expect(world.written('build0id')).toMatchObject({ linux: { cgroupsPath: '/docker/buildkit/build0id' } });
  });

  it.each<[SpecName, readonly string[]]>([
    ['privileged', ['sysfs', 'tmpfs', 'sysfs']],
    ['options', ['sysfs', 'tmpfs', 'sysfs']],
    ['run', ['sysfs']],
  ])('covers a second /sys only where the container may take the first away: %s', (name, types) => {
    const spec = world.spec(name);
    decide(idOf(spec), spec);
    expect(mountsAt('/sys', world.written(idOf(spec)))).toEqual(types);
  });

  it.each(['/proc', '/sys', '/dev'])('is refused when the image leads %s elsewhere', (place) => {
    symlinkSync('/etc', path.join(world.directory, 'docker/overlay2/top/merged', place));
    expect(messageOf(start('run'))).toContain(`${place} of the image is a link to /etc`);
  });

  it.each([
    ['--no-pivot', (argv: readonly string[]) => argv.toSpliced(-1, 0, '--no-pivot')],
    ['--systemd-cgroup', (argv: readonly string[]) => argv.toSpliced(1, 0, '--systemd-cgroup')],
    ['--preserve-fds', (argv: readonly string[]) => argv.toSpliced(-1, 0, '--preserve-fds', '9')],
  ])('is refused with %s', (name, change) => {
    const spec = world.spec('run');
    expect(messageOf(world.decide(change(world.call('x1', spec))))).toContain(name);
  });

  it('is refused when the spec is missing, no JSON, or too odd to be one', () => {
    const argv = world.call('x1', {});
    expect(messageOf(world.decide(argv))).toContain('invalid or unsupported container spec');
    writeFileSync(path.join(world.directory, 'bundles/x1/config.json'), '{');
    expect(messageOf(world.decide(argv))).toContain('config.json cannot be read');
    expect(messageOf(world.decide(['runc', 'create', '--bundle', '/nowhere', 'x1']))).toContain(
      'config.json cannot be read',
    );
  });
});

describe('the life of a container', () => {
  it('gives its range back when it did not come to life, and leaves nothing', () => {
    const { ended } = start('run');
    if (ended === null) throw new Error('it was refused');
    ended();
    expect(readdirSync(path.join(world.directory, 'c'))).toEqual([]);
  });

  it('leaves nothing when it is refused', () => {
    start('bind-etc');
    start('host-network');
    expect(readdirSync(path.join(world.directory, 'c'))).toEqual([]);
    expect(rangeOf(start('run'))).toBe(100_000);
  });

  it('keeps its directory while the runtime knows it, and is swept away afterwards', () => {
    const spec = world.spec('run');
    const id = idOf(spec);
    const { ended } = decide(id, spec);
    if (ended === null) throw new Error('it was refused');
    world.live(id, true);
    ended();
    expect(existsSync(world.own(id))).toBe(true);
    expect(messageOf(decide(id, spec))).toContain('exists');
    expect(existsSync(world.own(id))).toBe(true);
    world.live(id, false);
    expect(rangeOf(decide(id, spec))).toBe(165_536);
  });

  it.each([false, true])(
    'is swept away when no process is left and no program of the VM names it, whatever the runtime knows; named: %j',
    (named) => {
      const other = createWorld({ isNamed: () => named });
      const spec = other.spec('run');
      const id = idOf(spec);
      const { ended } = other.decide(other.call(id, spec));
      if (ended === null) throw new Error('it was refused');
      other.live(id, true);
      ended();
      other.end(id);
      other.decide(other.call('another', withoutBinds(spec)));
      // A program that is about to remove it needs what the runtime has noted.
      expect(readdirSync(other.stateRoot)).toEqual(named ? [id] : []);
      expect(existsSync(other.own(id))).toBe(named);
      other.remove();
    },
  );

  it('is left to its caller for a while after its end, where that has asked for it', () => {
    let now = 0;
    const other = createWorld({ now: () => now });
    const call = (id: string) => {
      const [program = '', ...rest] = other.call(id, withoutBinds(other.spec('build-run')), 'build');
      return other.decide([program, '--root', other.stateRoot, ...rest]);
    };
    const { ended } = call('kept');
    if (ended === null) throw new Error('it was refused');
    other.live('kept', true);
    other.end('kept');
    ended();
    now = 59_999;
    expect(rangeOf(call('second'))).toBe(165_536);
    expect(existsSync(path.join(other.directory, 'cgroup/docker/kept'))).toBe(true);
    expect(readdirSync(other.stateRoot)).toEqual(['kept']);
    now = 60_000;
    call('third');
    expect(existsSync(path.join(other.directory, 'cgroup/docker/kept'))).toBe(false);
    expect(readdirSync(other.stateRoot)).toEqual([]);
    other.remove();
  });

  it('can be made anew once none of its processes is left, although its new shim and runtime name it', () => {
    const other = createWorld({ isNamed: () => true });
    const spec = other.spec('run');
    const id = idOf(spec);
    const { ended } = other.decide(other.call(id, spec));
    if (ended === null) throw new Error('it was refused');
    other.live(id, true);
    ended();
    expect(messageOf(other.decide(other.call(id, spec)))).toContain('exists');
    other.end(id);
    expect(messageOf(other.decide(other.call(id, spec)))).toBe('it was accepted');
    // Else the runtime would refuse it.
    expect(readdirSync(other.stateRoot)).toEqual([]);
    expect(readdirSync(path.join(other.directory, 'cgroup/docker'))).toEqual([]);
    other.remove();
  });

  it('has a range of its own among many', () => {
    const bases = Array.from({ length: 50 }, (_, at) => rangeOf(decide(`c${at}`, withoutBinds(world.spec('run')))));
    expect(new Set(bases).size).toBe(50);
  });
});

/** The files of the captured container belong to its id only. */
const withoutBinds = (spec: Record<string, unknown>): Record<string, unknown> => ({
  ...spec,
  mounts: (spec['mounts'] as readonly Record<string, unknown>[]).filter(({ type }) => type !== 'bind'),
});

describe('joining the namespaces of another container', () => {
  const joinSpec = (pid: number): Record<string, unknown> => {
    const text = JSON.stringify(world.spec('joined')).replaceAll('/proc/2118/', `/proc/${pid}/`);
    return JSON.parse(text) as Record<string, unknown>;
  };

  it('needs one that is isolated: no process of the VM will do', () => {
    for (const pid of [1, process.pid, 4_194_304]) {
      expect(messageOf(decide('joiner', joinSpec(pid)))).toContain(
        "can't share namespaces [ipc network pid] with the host",
      );
    }
  });

  it('shares its user namespace, its range and its files', () => {
    const owner = idOf(world.spec('joined'));
    const { ended } = decide(owner, withoutBinds(world.spec('run')));
    if (ended === null) throw new Error('it was refused');
    // This process stands in for the container's: only whose user namespace it is in counts.
    world.live(owner, true, process.pid);
    ended();
    const decision = decide('joiner', withoutShm(joinSpec(process.pid)));
    expect(stepsOf(decision)).toContainEqual({ op: 'userns', base: 100_000, size: 65_536, places: null });
    const spec = world.written('joiner');
    expect(violations(spec, world.own('joiner'), HOOK)).toEqual([]);
    expect(spec).toMatchObject({ linux: { uidMappings: [{ hostID: 100_000 }] } });
    // The front looks once more whether the process has this range.
    const range = { base: 100_000, size: 65_536 };
    expect(stepsOf(decision).filter(({ op }) => op === 'join')).toEqual(
      ['user', 'time', 'net', 'pid', 'ipc'].map((name) => ({
        op: 'join',
        ...range,
        pid: process.pid,
        name,
        place: `${world.own('joiner')}/${name}`,
      })),
    );
  });

  /** Its shared memory is a file system of its own, which this world has not. */
  const withoutShm = (spec: Record<string, unknown>): Record<string, unknown> => ({
    ...spec,
    mounts: (spec['mounts'] as readonly Record<string, unknown>[]).filter(
      ({ destination }) => destination !== '/dev/shm',
    ),
  });
});

describe('with isolation off', () => {
  it('goes to the plain runtime with the arguments as they were', () => {
    const off = createWorld({ isolation: false });
    const argv = off.call('x1', off.spec('privileged'));
    expect(off.decide(argv)).toEqual({
      answer: { kind: 'plan', steps: [{ op: 'exec', path: '/usr/libexec/bulkhead/runc', args: argv.slice(1) }] },
      ended: null,
    });
    off.remove();
  });

  it('still isolates a container that was made under it', () => {
    const off = createWorld({ isolation: false });
    const spec = off.spec('run');
    const argv = off.call(idOf(spec), spec).map((each) => each.replace('runtime-runc', 'runtime-sysbox-runc'));
    expect(rangeOf(off.decide(argv))).toBe(100_000);
    off.remove();
  });
});
