import { describe, expect, it } from 'vitest';
import { processFor } from './process.ts';
import { formatSpec } from './spec.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec } from './testing/specs.ts';

const MACHINE = { maxOpenFiles: 1_048_576, appArmor: false };
const base = () => parseSpec(rawSpec('run')).process;

describe("the container's process", () => {
  it('keeps command, environment, user and capabilities', () => {
    const { args, env, user, capabilities, cwd } = base();
    expect(processFor(base(), MACHINE)).toMatchObject({ args, env, user, cwd, noNewPrivileges: false });
    expect(processFor(base(), MACHINE)['capabilities']).toMatchObject({ bounding: capabilities?.bounding });
  });

  it('keeps unlimited limits exactly, and the number of open files within what the kernel allows', () => {
    const given = parseSpec(rawSpec('options')).process;
    const rlimits = [...(given.rlimits ?? []), { type: 'RLIMIT_NOFILE', hard: 2 ** 64, soft: 2_000_000 }];
    const text = formatSpec(processFor({ ...given, rlimits }, MACHINE)['rlimits']);
    expect(text).toContain('{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615}');
    expect(text).toContain('{"type":"RLIMIT_NOFILE","hard":2048,"soft":1024}');
    expect(text).toContain('{"type":"RLIMIT_NOFILE","hard":1048576,"soft":1048576}');
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
