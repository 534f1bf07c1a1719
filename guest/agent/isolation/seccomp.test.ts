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

describe('the system call filter', () => {
  it("leaves Docker's profile as it is, for it refuses all of these already", () => {
    expect(seccompFor(dockers(), MACHINE).syscalls).toEqual((dockers().syscalls ?? []).map((rule) => ({ ...rule })));
  });

  it('refuses the calls of no use to a container when there was no filter', () => {
    const profile = seccompFor(null, MACHINE);
    expect(profile.defaultAction).toBe('SCMP_ACT_ALLOW');
    expect(profile.architectures?.[0]).toBe('SCMP_ARCH_X86_64');
    expect(rulesOf(profile, 'bpf')).toMatchObject([{ action: 'SCMP_ACT_ERRNO', errnoRet: 1 }]);
    expect(rulesOf(profile, 'socket')).toEqual([
      { names: ['socket'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }] },
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

  it('keeps AF_VSOCK out of a rule that allows all sockets', () => {
    const profile = seccompFor(
      { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['read', 'socket'], action: 'SCMP_ACT_ALLOW' }] },
      MACHINE,
    );
    expect(profile.syscalls).toEqual([
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 40, op: 'SCMP_CMP_NE' }] },
    ]);
  });

  it.each([
    { index: 0, value: 40, op: 'SCMP_CMP_EQ' },
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
