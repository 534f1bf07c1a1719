import { describe, expect, it } from 'vitest';
import { processFor } from './process.ts';
import { formatSpec } from './spec.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec, VM_LIMITS } from './testing/specs.ts';

const MACHINE = { limits: VM_LIMITS, appArmor: false };
const base = () => parseSpec(rawSpec('run')).process;

describe("the container's process", () => {
  it('keeps command, environment, user and capabilities', () => {
    const { args, env, user, capabilities, cwd } = base();
    expect(processFor(base(), MACHINE)).toMatchObject({ args, env, user, cwd, noNewPrivileges: false });
    expect(processFor(base(), MACHINE)['capabilities']).toMatchObject({ bounding: capabilities?.bounding });
  });

  it('keeps unlimited limits exactly', () => {
    const text = formatSpec(processFor(parseSpec(rawSpec('options')).process, MACHINE)['rlimits']);
    expect(text).toContain('{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615}');
    expect(text).toContain('{"type":"RLIMIT_NOFILE","hard":2048,"soft":1024}');
  });

  it("has no limit above the VM's, for real time none at all, and none that is unknown", () => {
    const limitsFor = (type: string, hard: number, soft: number): unknown =>
      processFor({ ...base(), rlimits: [{ type, hard, soft }] }, MACHINE)['rlimits'];
    for (const [type, highest] of VM_LIMITS) {
      expect(limitsFor(type, 2 ** 64, 2 ** 64)).toEqual([{ type, hard: highest, soft: highest }]);
      expect(limitsFor(type, 0, 0)).toEqual([{ type, hard: 0, soft: 0 }]);
    }
    expect(limitsFor('RLIMIT_RTPRIO', 99, 99)).toEqual([{ type: 'RLIMIT_RTPRIO', hard: 0, soft: 0 }]);
    expect(() => limitsFor('RLIMIT_IMAGINARY', 1, 1)).toThrow('RLIMIT_IMAGINARY is not known');
  });

  it('can be killed for memory before the VM is', () => {
    expect(processFor({ ...base(), oomScoreAdj: -1000 }, MACHINE)['oomScoreAdj']).toBe(-999);
    expect(processFor({ ...base(), oomScoreAdj: 500 }, MACHINE)['oomScoreAdj']).toBe(500);
  });

  it.each(['/proc/self/fd/7', '/proc', '/dev/fd/8', 'relative', '/a/../proc/self', '/a//b'])(
    'does not start in %s',
    (cwd) => {
      expect(() => processFor({ ...base(), cwd }, MACHINE)).toThrow('cannot be the working directory');
    },
  );

  it('does not run as an id that is not mapped', () => {
    expect(() => processFor({ ...base(), user: { uid: 70_000, gid: 0 } }, MACHINE)).toThrow(
      'user 70000 does not exist in the container',
    );
    expect(() => processFor({ ...base(), user: { uid: 0, gid: 0, additionalGids: [65_536] } }, MACHINE)).toThrow(
      'group 65536',
    );
  });

  it('drops capabilities that are none', () => {
    const { capabilities } = processFor(
      { ...base(), capabilities: { bounding: ['CAP_KILL', 'ALL', 'CAP_../x'] } },
      MACHINE,
    );
    expect(capabilities).toMatchObject({ bounding: ['CAP_KILL'], effective: [] });
  });

  it('has an AppArmor profile only in a VM that can apply it', () => {
    const confined = { ...base(), apparmorProfile: 'docker-default' };
    expect(processFor(confined, MACHINE)).not.toHaveProperty('apparmorProfile');
    expect(processFor(confined, { ...MACHINE, appArmor: true })).toMatchObject({ apparmorProfile: 'docker-default' });
  });
});
