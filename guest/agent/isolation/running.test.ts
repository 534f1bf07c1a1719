import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from './create.ts';
import type { PlanStep } from './plan.ts';
import { ISOLATING_RUNTIME } from './runtimes.ts';
import { isRecord, PROCESS_NAMES, rawProcess } from './testing/specs.ts';
import type { World } from './testing/world.ts';
import { createWorld, idOf } from './testing/world.ts';

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld();
  const spec = world.spec('run');
  id = idOf(spec);
  const { ended } = world.decide(world.call(id, spec));
  world.live(id, true);
  ended?.();
});
afterEach(() => world.remove());

const stepsOf = ({ answer }: Decision): readonly PlanStep[] => {
  if (answer.kind === 'deny') throw new Error(answer.message);
  return answer.steps;
};
const messageOf = ({ answer }: Decision): string => (answer.kind === 'deny' ? answer.message : 'it was accepted');

const exec = (process: unknown, container = id): Decision => {
  const file = path.join(world.directory, 'process.json');
  writeFileSync(file, JSON.stringify(process));
  return world.decide(['runc', '--root', world.stateRoot, 'exec', '--process', file, '--detach', container]);
};
const update = (resources: unknown): Decision =>
  world.decide(['runc', '--root', world.stateRoot, 'update', '--resources=-', id], JSON.stringify(resources));

/** The file that the runtime gets. */
const written = (decision: Decision): Record<string, unknown> => {
  const step = stepsOf(decision).at(-1);
  const file =
    step?.op === 'exec' ? step.args[step.args.findIndex((arg) => /^--(?:process|resources)$/.test(arg)) + 1] : '';
  if (file === undefined || path.dirname(file) !== world.own(id)) throw new Error('not a file of the container');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isRecord(value)) throw new Error('not an object');
  return value;
};

describe('a further process in a container', () => {
  it.each(PROCESS_NAMES)('runs as it was asked for: %s', (name) => {
    const given = rawProcess(name);
    const decision = exec(given);
    expect(stepsOf(decision).map(({ op }) => op)).toEqual(['unshare', 'dev', 'exec']);
    expect(stepsOf(decision).at(-1)).toMatchObject({ path: ISOLATING_RUNTIME.program });
    const { args, env, cwd, user } = given;
    expect(written(decision)).toMatchObject({ args, env, cwd, user });
  });

  it('leaves nothing behind', () => {
    const before = readdirSync(world.own(id));
    const { ended } = exec(rawProcess('exec'));
    expect(readdirSync(world.own(id))).not.toEqual(before);
    ended?.();
    expect(readdirSync(world.own(id))).toEqual(before);
  });

  it.each([
    ['a working directory outside the container', { cwd: '/proc/self/fd/7' }, 'cannot be the working directory'],
    ['a working directory that climbs', { cwd: '/tmp/../proc/self/fd/7' }, 'cannot be the working directory'],
    ['an id of another range', { user: { uid: 65_536, gid: 0 } }, 'does not exist in the container'],
    ['something that nobody knows', { execCPUAffinity: { initial: '0' } }, 'Unrecognized key'],
  ])('is refused with %s', (_, change, message) => {
    expect(messageOf(exec({ ...rawProcess('exec'), ...change }))).toContain(message);
    expect(readdirSync(world.own(id)).some((name) => name.startsWith('exec-'))).toBe(false);
  });

  it('gets no label, no scheduler and no immunity', () => {
    const change = {
      selinuxLabel: 'system_u:system_r:unconfined_t',
      apparmorProfile: 'unconfined',
      scheduler: { policy: 'SCHED_FIFO', priority: 99 },
      ioPriority: { class: 'IOPRIO_CLASS_RT', priority: 0 },
      oomScoreAdj: -1000,
    };
    const process = written(exec({ ...rawProcess('exec'), ...change }));
    expect(Object.keys(process)).not.toEqual(expect.arrayContaining(['selinuxLabel']));
    for (const key of ['selinuxLabel', 'apparmorProfile', 'scheduler', 'ioPriority'])
      expect(process).not.toHaveProperty(key);
    expect(process['oomScoreAdj']).toBe(-999);
  });

  it('needs a container of ours', () => {
    expect(messageOf(exec(rawProcess('exec'), 'other'))).toContain('there is no container with the id other');
    world.live(id, false);
    expect(messageOf(exec(rawProcess('exec')))).toContain('there is no container');
  });

  it('whatever is asked, runs with nothing that must not be', () => {
    const nasty = fc.oneof(
      fc.constantFrom<unknown>('/proc/1/cwd', '/dev/fd/3', -1, 65_536, 'unconfined', null, [], {}, 'SCHED_FIFO'),
      fc.jsonValue(),
    );
    const keys = [
      'cwd',
      'user',
      'rlimits',
      'apparmorProfile',
      'selinuxLabel',
      'oomScoreAdj',
      'scheduler',
      'capabilities',
    ];
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...PROCESS_NAMES), fc.constantFrom(...keys, 'x'), nasty, (name, key, value) => {
        const decision = exec({ ...rawProcess(name), [key]: value });
        if (decision.answer.kind === 'deny') {
          expect(decision.ended).toBeNull();
          return;
        }
        accepted += 1;
        const process = written(decision);
        decision.ended?.();
        expect(Object.keys(process).filter((each) => /label|scheduler|priority|apparmor/i.test(each))).toEqual([]);
        expect(String(process['cwd'])).not.toMatch(/^\/(?:proc|dev\/fd)|\.\./);
        const { uid, gid } = process['user'] as { readonly uid: number; readonly gid: number };
        expect(Math.max(uid, gid)).toBeLessThan(65_536);
        expect(process['oomScoreAdj'] ?? 0).toBeGreaterThanOrEqual(-999);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
    expect(readdirSync(world.own(id)).some((file) => file.startsWith('exec-'))).toBe(false);
  });
});

describe('other limits for a container', () => {
  it('are passed on without devices and without the processor in real time', () => {
    const decision = update({
      devices: [{ allow: true, access: 'rwm' }],
      memory: { limit: 67_108_864, swap: 67_108_864 },
      cpu: { shares: 100, quota: 50_000, period: 100_000, realtimeRuntime: 950_000 },
      pids: { limit: 50 },
      blockIO: {},
    });
    expect(stepsOf(decision).map(({ op }) => op)).toEqual(['exec']);
    expect(written(decision)).toEqual({
      memory: { limit: 67_108_864, swap: 67_108_864 },
      cpu: { shares: 100, quota: 50_000, period: 100_000 },
      pids: { limit: 50 },
    });
    decision.ended?.();
    expect(readdirSync(world.own(id)).some((name) => name.startsWith('update-'))).toBe(false);
  });

  it('may be none at all', () => {
    expect(written(update({}))).toEqual({});
  });

  it.each([
    ['the unified hierarchy as it likes', { unified: { 'cgroup.procs': '1' } }],
    ['what nobody knows', { extra: 1 }],
  ])('are refused with %s', (_, resources) => {
    expect(messageOf(update(resources))).toContain('Unrecognized key');
  });

  it('are refused when there are none', () => {
    expect(messageOf(world.decide(['runc', '--root', world.stateRoot, 'update', id]))).toContain('standard input');
    expect(existsSync(world.own(id))).toBe(true);
  });
});
