import { existsSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ownNamespaces } from './namespaces.ts';
import type { PlanStep } from './plan.ts';
import { violations } from './testing/invariants.ts';
import { createMutations } from './testing/mutations.ts';
import type { SpecName } from './testing/specs.ts';
import { createWorld, HOOK, idOf } from './testing/world.ts';

const FUZZ_RUNS = 600;
const OWN_SOURCES =
  /^(?:volumes\/[^/]+\/_data|containers\/[0-9a-f]{64}\/(?:hosts|hostname|resolv\.conf)|buildkit\/executor\/(?:hosts|resolv\.conf)[^/]*|overlay2\/[a-z0-9]+\/diff)$/;

describe('whatever is asked', () => {
  const fuzzed = createWorld();
  const docker = path.join(fuzzed.directory, 'docker');
  const { mutation, mutate, shorten } = createMutations(docker);
  afterAll(() => fuzzed.remove());

  const checkPlan = (id: string, steps: readonly PlanStep[]): void => {
    expect(violations(fuzzed.written(id), fuzzed.own(id), HOOK)).toEqual([]);
    const frame = new Set(['unshare', 'userns', 'dev', 'exec']);
    expect(steps.map(({ op }) => op).filter((op) => frame.has(op))).toEqual([...frame]);
    // Where the spec looks for namespaces, the front leaves what it has made, or what has this container's ids.
    for (const step of steps) {
      if (step.op === 'userns' && step.places !== null) expect(step.places).toEqual(ownNamespaces(fuzzed.own(id)));
      if (step.op === 'join')
        expect(steps).toContainEqual({ op: 'userns', base: step.base, size: step.size, places: null });
    }
    for (const step of steps) {
      if (step.op !== 'attach' || step.path === `${fuzzed.own(id)}/layers`) continue;
      expect(step.flags).toContain('nodev');
      if (step.identity === null) expect((step.within ?? step.source).startsWith(`${fuzzed.own(id)}/`)).toBe(true);
      else expect(path.relative(docker, step.source)).toMatch(OWN_SOURCES);
    }
  };

  it('no spec reaches the runtime in which something does not hold that must', () => {
    let accepted = 0;
    const names: readonly SpecName[] = [
      'run',
      'privileged',
      'volumes',
      'options',
      'unconfined',
      'read-only-tmpfs',
      'joined',
      'build-mounts',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.array(mutation, { minLength: 1, maxLength: 4 }), (name, changes) => {
        const kind = name === 'build-mounts' ? 'build' : 'create';
        const spec = fuzzed.spec(name);
        const id = kind === 'build' ? 'build0id' : idOf(spec);
        shorten(spec);
        mutate(spec, changes);
        const { answer, ended } = fuzzed.decide(fuzzed.call(id, spec, kind));
        if (answer.kind === 'deny') {
          expect(answer.message).not.toBe('');
          expect(ended).toBeNull();
          expect(existsSync(fuzzed.own(id))).toBe(false);
          return;
        }
        accepted += 1;
        try {
          checkPlan(id, answer.steps);
        } finally {
          ended?.();
        }
        expect(existsSync(fuzzed.own(id))).toBe(false);
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 20);
  }, 60_000);

  it('no value at all is taken for a spec', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fuzzed.decide(fuzzed.call('x1', value)).answer.kind).toBe('deny');
      }),
    );
  });
});
