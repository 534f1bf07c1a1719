import { invalidSpec } from './denied.ts';
import type { Seccomp } from './spec-schema.ts';

/**
 * Calls that no container makes, privileged or not. The user namespace takes the capabilities for most of them away
 * already; what is left is attack surface of the kernel. Reading the clock (adjtimex) stays allowed.
 */
const REFUSED: ReadonlySet<string> = new Set([
  'acct',
  'bpf',
  'clock_settime',
  'clock_settime64',
  'create_module',
  'delete_module',
  'finit_module',
  'get_kernel_syms',
  'init_module',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'ioperm',
  'iopl',
  'kexec_file_load',
  'kexec_load',
  'lookup_dcookie',
  'nfsservctl',
  'open_by_handle_at',
  'perf_event_open',
  'query_module',
  'quotactl',
  'quotactl_fd',
  'settimeofday',
  'stime',
  'swapoff',
  'swapon',
  'userfaultfd',
  'vhangup',
]);

const EPERM = 1;
const ENOSYS = 38;
/** AF_VSOCK of socket(2) leads out of the VM, past its firewall. */
const AF_VSOCK = 40;

/** seccomp(2) and libseccomp: what lets a call through. */
const PASSING: ReadonlySet<string> = new Set(['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE']);
const STOPPING: ReadonlySet<string> = new Set([
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
]);
const FLAGS: ReadonlySet<string> = new Set([
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_TSYNC',
]);

type Rule = NonNullable<Seccomp['syscalls']>[number];
type Architecture = 'arm64' | 'x64';

/** The machine's own architecture first, then those of the programs that it can also run. */
const ARCHITECTURES: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const refuse = (names: readonly string[], errnoRet: number, args?: Rule['args']): Rule => ({
  names: [...names],
  action: 'SCMP_ACT_ERRNO',
  errnoRet,
  ...(args === undefined ? {} : { args }),
});

const checkActions = (profile: Seccomp): void => {
  for (const action of [profile.defaultAction, ...(profile.syscalls ?? []).map((rule) => rule.action)]) {
    if (!PASSING.has(action) && !STOPPING.has(action)) throw invalidSpec(`linux.seccomp: ${action} is not supported`);
  }
  for (const flag of profile.flags ?? []) {
    if (!FLAGS.has(flag)) throw invalidSpec(`linux.seccomp: ${flag} is not supported`);
  }
};

const withoutNames = (rules: readonly Rule[], unwanted: (name: string) => boolean): readonly Rule[] =>
  rules
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !unwanted(name)) }))
    .filter((rule) => rule.names.length > 0);

/** The kernel reads the family of socket(2) as an int, so what a filter finds in the upper half of the register is of no account. */
const INT = 0xffff_ffff;
const familyIs = (mask: number, family: number): NonNullable<Rule['args']>[number] => ({
  index: 0,
  value: mask,
  valueTwo: family,
  op: 'SCMP_CMP_MASKED_EQ',
});
/** Every family below 48 but AF_VSOCK; the kernel has 46 (socket.h of Linux 6.12). libseccomp has no masked "unequal". */
const OTHER_FAMILIES = [
  familyIs(0xffff_ffe0, 0),
  familyIs(0xffff_fff8, 32),
  familyIs(INT, 41),
  familyIs(0xffff_fffe, 42),
  familyIs(0xffff_fffc, 44),
];

/**
 * Rules instead of one that lets socket(2) through, so that none lets AF_VSOCK through. A condition on the family can be
 * combined with none other on it (libseccomp), so a condition that is not understood is refused.
 */
const narrowSocket = (rule: Rule): readonly Rule[] => {
  const others = (rule.args ?? []).filter(({ index }) => index !== 0);
  const family = (rule.args ?? []).filter(({ index }) => index === 0);
  const [condition] = family;
  const isAnyOther = condition === undefined || (condition.op === 'SCMP_CMP_NE' && condition.value === AF_VSOCK);
  if (family.length <= 1 && isAnyOther) return OTHER_FAMILIES.map((each) => ({ ...rule, args: [each, ...others] }));
  if (family.length === 1 && condition?.op === 'SCMP_CMP_EQ' && condition.value % 2 ** 32 !== AF_VSOCK) return [rule];
  throw invalidSpec('linux.seccomp: this condition on socket may allow AF_VSOCK, which containers have no use for');
};

const splitSocket = (rule: Rule): readonly Rule[] => {
  if (!PASSING.has(rule.action) || !rule.names.includes('socket')) return [rule];
  const rest = rule.names.filter((name) => name !== 'socket');
  return [...(rest.length > 0 ? [{ ...rule, names: rest }] : []), ...narrowSocket({ ...rule, names: ['socket'] })];
};

/**
 * The filter that the container gets: the given one, or one that allows everything, each without the calls that are
 * refused to every container. `vsock` says whether the kernel knows AF_VSOCK: then the old combined call of 32-bit
 * programs (socketcall(2)), whose arguments no filter can see, is refused as well. Throws Denied for a profile that hands
 * calls to another process or has a condition that cannot be tightened.
 */
export const seccompFor = (
  given: Seccomp | null,
  machine: { readonly arch: Architecture; readonly vsock: boolean },
): Seccomp => {
  const profile: Seccomp = given ?? {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: [...ARCHITECTURES[machine.arch]],
  };
  checkActions(profile);
  const unwanted = (name: string): boolean => REFUSED.has(name) || (machine.vsock && name === 'socketcall');
  const kept = withoutNames(profile.syscalls ?? [], unwanted).flatMap(splitSocket);
  const passes = PASSING.has(profile.defaultAction);
  // A rule whose action is the default's is an error to libseccomp, and needless.
  const added = passes ? [refuse([...REFUSED], EPERM), refuse(['socket'], EPERM, [familyIs(INT, AF_VSOCK)])] : [];
  const combined = machine.vsock ? [refuse(['socketcall'], ENOSYS)] : [];
  return { ...profile, syscalls: [...added, ...combined, ...kept] };
};
