import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineFailure } from '../../shared/contract/engine.ts';
import { desired, isCancellable, isTransient, next, STOPPED, type Event, type Phase } from './lifecycle.ts';

const reason: EngineFailure = {
  failure: { code: 'ENGINE_FAILED', message: 'm', remedy: 'r' },
  step: null,
  logPath: null,
};

const EVENTS: readonly Event[] = [
  { kind: 'start' },
  { kind: 'adopt' },
  { kind: 'reap', polite: true },
  { kind: 'reap', polite: false },
  { kind: 'stop' },
  { kind: 'restart', removing: false },
  { kind: 'restart', removing: true },
  { kind: 'cancel' },
  { kind: 'done' },
  { kind: 'failure', reason, keep: false },
  { kind: 'failure', reason, keep: true },
  { kind: 'deadline', reason },
  { kind: 'exited', reason },
  { kind: 'distrusted', reason },
];

/** What is true of the world outside the table: whether QEMU lives, and whether its isolation was measured. */
interface World {
  readonly vm: boolean;
  readonly measured: boolean;
}

/** How the effects that belong to the phases change the world. */
const follow = (world: World, event: Event, after: Phase): World => {
  if (event.kind === 'exited') return { vm: after.kind === 'starting', measured: false };
  if (event.kind === 'adopt' || event.kind === 'reap') return { vm: true, measured: false };
  if (after.kind === 'starting' && after.step === 'boot') return { vm: true, measured: false };
  if (after.kind === 'running' && event.kind === 'done') return { vm: true, measured: true };
  return world;
};

/** Events that can happen in this world: a VM can't exit twice, and an earlier run's VM is found only when none runs. */
const possible = (world: World, phase: Phase, event: Event): boolean => {
  switch (event.kind) {
    case 'exited':
      return world.vm;
    case 'adopt':
    case 'reap':
      return !world.vm;
    case 'done':
    case 'failure':
    case 'deadline':
      return isTransient(phase);
    case 'start':
    case 'stop':
    case 'restart':
    case 'cancel':
    case 'distrusted':
      return true;
  }
};

/** The laws that a transition breaks; none, if all is well. */
const broken = (before: Phase, event: Event, after: Phase, world: World): readonly string[] => {
  const alive = world.vm && event.kind !== 'exited';
  const laws: readonly (readonly [string, boolean])[] = [
    ['a second VM is booted', after.kind === 'starting' && after.step === 'boot' && alive],
    ['running without a VM', after.kind === 'running' && !world.vm],
    ['running unmeasured', after.kind === 'running' && event.kind !== 'done' && !world.measured],
    ['stopped with a VM', after.kind === 'stopped' && alive],
    ['failed with a VM that nobody knows of', after.kind === 'failed' && !after.leftover && alive],
  ];
  return laws
    .filter(([, isBroken]) => isBroken)
    .map(([law]) => `${law}: ${JSON.stringify(before)} --${event.kind}--> ${JSON.stringify(after)}`);
};

/** Every phase that some sequence of possible events leads to, with the worlds it is seen in. */
const explore = () => {
  const violations: string[] = [];
  const seen = new Map<string, { readonly phase: Phase; readonly world: World }>();
  const open: { readonly phase: Phase; readonly world: World }[] = [
    { phase: STOPPED, world: { vm: false, measured: false } },
  ];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.set(key, state);
    for (const event of EVENTS) {
      if (!possible(state.world, state.phase, event)) continue;
      const after = next(state.phase, event);
      if (after === null) continue;
      violations.push(...broken(state.phase, event, after, state.world));
      open.push({ phase: after, world: follow(state.world, event, after) });
    }
  }
  return { states: [...seen.values()], violations };
};

describe('the transition table', () => {
  it('never reaches an illegal state, in all reachable states', () => {
    const { states, violations } = explore();
    expect(violations).toEqual([]);
    expect(new Set(states.map(({ phase }) => phase.kind))).toEqual(
      new Set(['stopped', 'preparing', 'starting', 'running', 'stopping', 'failed']),
    );
  });

  it('never reaches an illegal state, in random sequences', () => {
    const sequences = fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 });
    const violationsOf = (events: readonly Event[]) => {
      let phase = STOPPED;
      let world: World = { vm: false, measured: false };
      return events.flatMap((event) => {
        if (!possible(world, phase, event)) return [];
        const before = phase;
        const known = world;
        phase = next(before, event) ?? before;
        world = phase === before && event.kind !== 'exited' ? world : follow(world, event, phase);
        return phase === before ? [] : broken(before, event, phase, known);
      });
    };
    fc.assert(
      fc.property(sequences, (events) => {
        expect(violationsOf(events)).toEqual([]);
      }),
    );
  });

  it('ends every operation within nine deadlines', () => {
    const endless = explore().states.filter(({ phase: from }) => {
      let phase: Phase | null = from;
      for (let count = 0; count < 9 && phase !== null && isTransient(phase); count += 1)
        phase = next(phase, { kind: 'deadline', reason });
      return phase === null || isTransient(phase);
    });
    expect(endless).toEqual([]);
  });

  it('has a way to stopped from everywhere', () => {
    const waysOut: readonly Event[] = [
      { kind: 'stop' },
      { kind: 'cancel' },
      { kind: 'exited', reason },
      { kind: 'deadline', reason },
    ];
    const trapped = explore().states.filter(({ phase: from }) => {
      let reached: readonly Phase[] = [from];
      for (let depth = 0; depth < 12 && !reached.some(({ kind }) => kind === 'stopped'); depth += 1) {
        const further = reached.flatMap((phase) => waysOut.flatMap((event) => next(phase, event) ?? []));
        reached = [...new Map(further.map((phase) => [JSON.stringify(phase), phase])).values()];
      }
      return !reached.some(({ kind }) => kind === 'stopped');
    });
    expect(trapped).toEqual([]);
  });

  it('can be cancelled exactly until containers were told to stop', () => {
    const wrong = explore().states.filter(
      ({ phase }) => isCancellable(phase) !== (phase.kind === 'preparing' || phase.kind === 'starting'),
    );
    expect(wrong).toEqual([]);
  });
});

describe('single journeys', () => {
  const walk = (from: Phase, ...events: readonly Event[]) => {
    let phase = from;
    for (const event of events) phase = next(phase, event) ?? expect.fail(`${phase.kind} refuses ${event.kind}`);
    return phase;
  };
  const running = walk(STOPPED, { kind: 'start' }, ...Array.from({ length: 5 }, () => ({ kind: 'done' }) as const));

  it('starts through all five steps', () => {
    expect(running).toEqual({ kind: 'running' });
  });

  it('restarts without stopping what runs before the new VM is known to be bootable', () => {
    const preparing = walk(running, { kind: 'restart', removing: true });
    expect(preparing).toMatchObject({ kind: 'preparing', replacing: { removing: true } });
    const stopping = walk(preparing, { kind: 'done' }, { kind: 'done' });
    expect(stopping).toMatchObject({ kind: 'stopping', step: 'containers', removing: true, target: { kind: 'boot' } });
    expect(desired(stopping)).toBe('running');
    expect(walk(stopping, { kind: 'done' }, { kind: 'exited', reason })).toEqual({ kind: 'starting', step: 'boot' });
  });

  it('goes back to running when a restart is cancelled in time', () => {
    expect(walk(running, { kind: 'restart', removing: false }, { kind: 'cancel' })).toEqual({ kind: 'running' });
  });

  it('stops the VM when a stricter configuration cannot be started', () => {
    const restarting = walk(running, { kind: 'restart', removing: false });
    expect(walk(restarting, { kind: 'failure', reason, keep: true })).toEqual({ kind: 'running' });
    expect(walk(restarting, { kind: 'failure', reason, keep: false }, { kind: 'exited', reason })).toMatchObject({
      kind: 'failed',
    });
  });

  it('never runs after a failed measurement', () => {
    const verifying = walk(STOPPED, { kind: 'adopt' }, { kind: 'done' });
    const stopping = walk(verifying, { kind: 'failure', reason, keep: true });
    expect(walk(stopping, { kind: 'exited', reason })).toMatchObject({ kind: 'failed', leftover: false });
  });

  it('forces, then gives up, on a VM that does not end', () => {
    const forced = walk(running, { kind: 'stop' }, { kind: 'done' }, { kind: 'deadline', reason });
    expect(forced).toMatchObject({ kind: 'stopping', step: 'powerOff', forced: true });
    const stuck = walk(forced, { kind: 'deadline', reason });
    expect(stuck).toMatchObject({ kind: 'failed', leftover: true });
    expect(walk(stuck, { kind: 'start' })).toMatchObject({
      kind: 'stopping',
      forced: true,
      target: { kind: 'prepare' },
    });
  });

  it('refuses operations while another is under way', () => {
    const starting = walk(STOPPED, { kind: 'start' });
    for (const kind of ['start', 'stop', 'adopt'] as const) expect(next(starting, { kind })).toBeNull();
    expect(next(starting, { kind: 'restart', removing: false })).toBeNull();
  });
});
