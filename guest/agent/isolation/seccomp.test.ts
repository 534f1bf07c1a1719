import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seccompFor } from './seccomp.ts';
import type { Seccomp } from './spec-schema.ts';
import { parseSpec } from './spec-schema.ts';
import { rawSpec } from './testing/specs.ts';

const MACHINE = { arch: 'x64', vsock: false } as const;
const dockers = (): Seccomp => {
  const profile = parseSpec(rawSpec('run')).linux.seccomp;
  if (profile === undefined || profile === null) throw new Error('the fixture has no profile');
  return profile;
};
const rulesOf = (profile: Seccomp, name: string) =>
  (profile.syscalls ?? []).filter(({ names }) => names.includes(name));

/** What the filter says to socket(2) with this value in the register, as libseccomp compares (seccomp_rule_add(3)). */
const socketAction = (profile: Seccomp, register: bigint): string => {
  const matches = ({ index, value, valueTwo, op }: { index: number; value: number; valueTwo?: number; op: string }) => {
    if (index !== 0) return true;
    switch (op) {
      case 'SCMP_CMP_MASKED_EQ':
        return (register & BigInt(value)) === BigInt(valueTwo ?? 0);
      case 'SCMP_CMP_EQ':
        return register === BigInt(value);
      case 'SCMP_CMP_NE':
        return register !== BigInt(value);
      default:
        throw new Error(op);
    }
  };
  const rule = rulesOf(profile, 'socket').find(({ args }) => (args ?? []).every(matches as (each: unknown) => boolean));
  return rule?.action ?? profile.defaultAction;
};
const ALLOWS_ALL: Seccomp = {
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: ['read', 'socket'], action: 'SCMP_ACT_ALLOW' }],
};

describe('AF_VSOCK', () => {
  it.each([
    ["Docker's profile", dockers()],
    ['no profile', null],
    ['a profile that allows all sockets', ALLOWS_ALL],
  ] as const)('is refused whatever the upper half of the register holds, and no other family is: %s', (_, given) => {
    const profile = seccompFor(given, MACHINE);
    fc.assert(
      fc.property(fc.nat(45), fc.bigInt(0n, 0xffff_ffffn), (family, upper) => {
        const expected = family === 40 ? 'SCMP_ACT_ERRNO' : 'SCMP_ACT_ALLOW';
        expect(socketAction(profile, (upper << 32n) | BigInt(family))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    expect(socketAction(profile, (1n << 32n) | 40n)).toBe('SCMP_ACT_ERRNO');
  });
});

describe('the system call filter', () => {
  it("leaves Docker's profile as it is but for sockets, for it refuses all of these already", () => {
    const others = (profile: Seccomp) =>
      (profile.syscalls ?? []).filter(({ names }) => !names.includes('socket')).map((rule) => ({ ...rule }));
    expect(others(seccompFor(dockers(), MACHINE))).toEqual(others(dockers()));
  });

  it('refuses the calls of no use to a container when there was no filter', () => {
    const profile = seccompFor(null, MACHINE);
    expect(profile.defaultAction).toBe('SCMP_ACT_ALLOW');
    expect(profile.architectures?.[0]).toBe('SCMP_ARCH_X86_64');
    expect(rulesOf(profile, 'bpf')).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 1 }]);
    expect(rulesOf(profile, 'socket')).toEqual([
      {
        names: ['socket'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 1,
        args: [{ index: 0, value: 0xffff_ffff, valueTwo: 40, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ]);
    expect(rulesOf(profile, 'mount')).toEqual([]);
    expect(seccompFor(null, { arch: 'arm64', vsock: false }).architectures?.[0]).toBe('SCMP_ARCH_AARCH64');
  });

  it('takes the refused names out of the rules of a profile that allows them', () => {
    const profile = seccompFor(
      {
        defaultAction: 'SCMP_ACT_ERRNO',
        syscalls: [
          { names: ['bpf', 'read'], action: 'SCMP_ACT_ALLOW' },
          { names: ['perf_event_open'], action: 'SCMP_ACT_LOG' },
        ],
      },
      MACHINE,
    );
    expect(profile.syscalls).toEqual([{ names: ['read'], action: 'SCMP_ACT_ALLOW' }]);
  });

  it('replaces a milder rule of a profile that allows by default', () => {
    const profile = seccompFor(
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['bpf'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 5, op: 'SCMP_CMP_EQ' }] }],
      },
      MACHINE,
    );
    expect(rulesOf(profile, 'bpf')).toMatchObject([{ action: 'SCMP_ACT_ERRNO' }]);
    expect(rulesOf(profile, 'bpf')[0]?.args).toBeUndefined();
  });

  it.each([
    { index: 0, value: 40, op: 'SCMP_CMP_EQ' },
    { index: 0, value: 2 ** 32 + 40, op: 'SCMP_CMP_EQ' },
    { index: 0, value: 41, op: 'SCMP_CMP_NE' },
    { index: 0, value: 30, op: 'SCMP_CMP_GT' },
    { index: 0, value: 0, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
  ])('refuses a condition that may let AF_VSOCK through: %o', (condition) => {
    expect(() =>
      seccompFor(
        {
          defaultAction: 'SCMP_ACT_ERRNO',
          syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [condition] }],
        },
        MACHINE,
      ),
    ).toThrow('AF_VSOCK');
  });

  it('refuses the combined socket call where the kernel knows AF_VSOCK', () => {
    const profile = seccompFor(dockers(), { arch: 'x64', vsock: true });
    expect(rulesOf(profile, 'socketcall')).toEqual([{ names: ['socketcall'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }]);
  });

  it('refuses profiles that hand calls to another process or that nobody knows', () => {
    expect(() => seccompFor({ defaultAction: 'SCMP_ACT_NOTIFY' }, MACHINE)).toThrow('SCMP_ACT_NOTIFY is not supported');
    expect(() =>
      seccompFor({ defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER'] }, MACHINE),
    ).toThrow('is not supported');
    const spec = rawSpec('run');
    expect(() =>
      parseSpec({
        ...spec,
        linux: { ...(spec['linux'] as object), seccomp: { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/x' } },
      }),
    ).toThrow('listenerPath');
  });
});
