import { describe, expect, it } from 'vitest';
import { hooksFor } from './hooks.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec } from './testing/specs.ts';

const dockers = (name: 'build-run' | 'run') => parseSpec(rawSpec(name)).hooks ?? null;
const isEngine = (pid: number): boolean => pid === 35;
const [network] = dockers('run')?.prestart ?? [];
if (network === undefined) throw new Error('the fixture has no hook');

describe('hooks', () => {
  it.each(['run', 'build-run'] as const)("keep Docker's own: %s", (name) => {
    expect(hooksFor(dockers(name), isEngine)).toEqual({ prestart: dockers(name)?.prestart });
  });

  it('need not be there', () => {
    expect(hooksFor(null, isEngine)).toEqual({ prestart: [] });
    expect(hooksFor({ prestart: null, poststop: [] }, isEngine)).toEqual({ prestart: [] });
  });

  it.each([
    ['another program', { ...network, path: '/bin/sh' }],
    ['a process that is not dockerd', { ...network, path: '/proc/36/exe' }],
    ['a path with more in it', { ...network, path: '/proc/35/exe/../../1/exe' }],
    ['another command of dockerd', { ...network, args: ['docker-untar', ...(network.args ?? []).slice(1)] }],
    ['more arguments', { ...network, args: [...(network.args ?? []), '--x'] }],
    ['an environment', { ...network, env: ['LD_PRELOAD=/x.so'] }],
  ])('refuse %s', (_, hook) => {
    expect(() => hooksFor({ prestart: [hook] }, isEngine)).toThrow('cannot be run for a container');
  });

  it.each(['createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const)(
    'refuse any other kind: %s',
    (kind) => {
      expect(() => hooksFor({ [kind]: [network] }, isEngine)).toThrow(`hooks.${kind}`);
    },
  );
});
