import path from 'node:path';
import { invalidSpec } from './denied.ts';
import type { Limit } from './limits.ts';
import { UNLIMITED } from './limits.ts';
import { RANGE_SIZE } from './ranges.ts';
import type { SpecProcess } from './spec-schema.ts';

/** Capabilities of the kernel (capabilities(7)); all of them are held in the container's user namespace only. */
const CAPABILITY = /^CAP_[A-Z][A-Z_]{1,40}$/;
/** Below it the kernel would kill anything in the VM before the container (proc_pid_oom_score_adj(5)). */
const LOWEST_OOM_SCORE = -999;

/** Directories of the container through which a path can leave it (CVE-2024-21626). */
const HANDLES = ['/proc', '/dev/fd', '/dev/stdin', '/dev/stdout', '/dev/stderr'];

const limitOf = (value: number): Limit => (Number.isSafeInteger(value) ? value : UNLIMITED);

const smaller = (a: Limit, b: Limit): Limit => (a < b ? a : b);

const checkId = (value: number, what: string): void => {
  if (value < RANGE_SIZE) return;
  throw invalidSpec(
    `${what} ${value} does not exist in the container; its user namespace has the ids 0 to ${RANGE_SIZE - 1}`,
  );
};

const checkCwd = (cwd: string): void => {
  const inside = HANDLES.some((directory) => cwd === directory || cwd.startsWith(`${directory}/`));
  if (!cwd.startsWith('/') || path.posix.normalize(cwd) !== cwd || inside) {
    throw invalidSpec(
      `process.cwd: ${cwd} cannot be the working directory; give a plain absolute path outside /proc and /dev/fd`,
    );
  }
};

const capabilitiesOf = (
  given: NonNullable<SpecProcess['capabilities']>,
): Readonly<Record<string, readonly string[]>> => {
  const known = (list: readonly string[] | null | undefined): readonly string[] =>
    (list ?? []).filter((name) => CAPABILITY.test(name));
  return {
    bounding: known(given.bounding),
    effective: known(given.effective),
    inheritable: known(given.inheritable),
    permitted: known(given.permitted),
    ambient: known(given.ambient),
  };
};

/**
 * The container's first process. `limits` are the hard limits of the VM's processes: the runtime could not raise any above
 * them from inside a user namespace, and none may be, for among them are the shares of what all containers have together
 * (real-time priority, processes, queued signals). `appArmor` says whether the VM can apply a profile. Throws Denied.
 */
export const processFor = (
  given: SpecProcess,
  machine: { readonly limits: ReadonlyMap<string, Limit>; readonly appArmor: boolean },
): Readonly<Record<string, unknown>> => {
  checkCwd(given.cwd);
  checkId(given.user.uid, 'process.user: user');
  for (const gid of [given.user.gid, ...(given.user.additionalGids ?? [])]) checkId(gid, 'process.user: group');
  const rlimits = (given.rlimits ?? []).map(({ type, hard, soft }) => {
    const highest = machine.limits.get(type);
    if (highest === undefined) throw invalidSpec(`process.rlimits: ${type} is not known`);
    return { type, hard: smaller(limitOf(hard), highest), soft: smaller(limitOf(soft), highest) };
  });
  const profile = machine.appArmor ? given.apparmorProfile : undefined;
  return {
    ...(given.terminal === undefined ? {} : { terminal: given.terminal }),
    ...(given.consoleSize === undefined ? {} : { consoleSize: given.consoleSize }),
    user: given.user,
    args: given.args,
    env: given.env ?? [],
    cwd: given.cwd,
    ...(given.capabilities === undefined ? {} : { capabilities: capabilitiesOf(given.capabilities) }),
    rlimits,
    noNewPrivileges: given.noNewPrivileges ?? false,
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
    ...(given.oomScoreAdj === undefined ? {} : { oomScoreAdj: Math.max(given.oomScoreAdj, LOWEST_OOM_SCORE) }),
  };
};
