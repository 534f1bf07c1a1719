import path from 'node:path';
import { invalidSpec } from './denied.ts';
import { deviceRulesFor, devicesFor } from './devices.ts';
import { hooksFor } from './hooks.ts';
import type { Limit } from './limits.ts';
import type { Join } from './namespaces.ts';
import { namespacesFor } from './namespaces.ts';
import { processFor } from './process.ts';
import type { Range } from './ranges.ts';
import { seccompFor } from './seccomp.ts';
import type { Mount, Resources, Spec } from './spec-schema.ts';
import { kernelSettings } from './sysctl.ts';

/** Properties of the VM that a spec has to be fitted to. */
export interface Machine {
  readonly arch: 'arm64' | 'x64';
  readonly appArmor: boolean;
  /** AF_VSOCK sockets can be made. */
  readonly vsock: boolean;
  /** The hard limits of every process in the VM, by their OCI names. */
  readonly limits: ReadonlyMap<string, Limit>;
}

export interface RewriteContext {
  readonly range: Range;
  readonly joins: readonly Join[];
  /** The container's own, where the front leaves namespaces for the runtime. */
  readonly directory: string;
  /** Where the container's file system is mounted for the runtime. */
  readonly rootfs: string;
  /** What the runtime mounts by itself; everything else is attached before it starts. */
  readonly mounts: readonly Mount[];
  readonly cgroupsPath: string;
  readonly machine: Machine;
  readonly isEngine: (pid: number) => boolean;
}

/** A spec for the isolating runtime. It may hold bigint numbers, see `formatSpec`. */
export type IsolatedSpec = Readonly<Record<string, unknown>>;

/**
 * Control groups that a container may make in its own. The kernel has ids for 65,535 with a memory limit in the whole VM
 * (MEM_CGROUP_ID_MAX), and Docker needs one for each container.
 */
const UNIFIED = { 'cgroup.max.descendants': '4096' };

const PROPAGATION: Readonly<Record<string, string>> = {
  private: 'private',
  rprivate: 'rprivate',
  slave: 'slave',
  rslave: 'rslave',
  // Nothing the container mounts may become visible in the VM.
  shared: 'rslave',
  rshared: 'rslave',
};

const propagationFor = (given: string | undefined): string | undefined => {
  if (given === undefined || given === '') return undefined;
  const propagation = Object.hasOwn(PROPAGATION, given) ? PROPAGATION[given] : undefined;
  if (propagation === undefined) throw invalidSpec(`linux.rootfsPropagation: ${given} is not supported`);
  return propagation;
};

const checkPaths = (paths: readonly string[]): readonly string[] => {
  const odd = paths.find((each) => !each.startsWith('/') || path.posix.normalize(each) !== each);
  if (odd !== undefined) throw invalidSpec(`linux.maskedPaths: ${odd} is not a plain absolute path`);
  return paths;
};

const withoutUndefined = (record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== null));

/**
 * The limits as asked, without those that would reserve the VM's processor in real time. A group without any limit is left
 * out, since the runtime demands the controller even for an empty one.
 */
export const resourcesFor = (given: Resources | undefined): Readonly<Record<string, unknown>> => {
  const { memory, cpu, pids, blockIO, hugepageLimits } = given ?? {};
  const kept = (group: Readonly<Record<string, unknown>> | undefined, without: readonly string[]): unknown => {
    const limits = Object.entries(group ?? {}).filter(([key, value]) => !without.includes(key) && value !== null);
    return limits.length === 0 ? undefined : withoutUndefined(Object.fromEntries(limits));
  };
  return withoutUndefined({
    memory: kept(memory, ['kernel', 'kernelTCP', 'useHierarchy']),
    cpu: kept(cpu, ['realtimeRuntime', 'realtimePeriod']),
    pids,
    blockIO: kept(blockIO, []),
    hugepageLimits,
  });
};

/**
 * The spec that the runtime gets instead of the given one. It is built anew from what is known to be safe, never edited in
 * place: user namespace with the range, no path to a namespace of the VM, no annotation, no hook but Docker's network one,
 * no device of the VM, a system call filter in any case. Throws Denied when the given spec asks for something that cannot
 * be had in a user namespace.
 */
export const rewriteSpec = (given: Spec, context: RewriteContext): IsolatedSpec => {
  const { range, machine } = context;
  const mapping = [{ containerID: 0, hostID: range.base, size: range.size }];
  const settings = kernelSettings({
    sysctl: given.linux.sysctl ?? {},
    hostname: given.hostname,
    domainname: given.domainname,
  });
  const devices = devicesFor(given.linux.devices ?? []);
  return withoutUndefined({
    ociVersion: given.ociVersion,
    process: processFor(given.process, machine),
    root: { path: context.rootfs, readonly: given.root.readonly ?? false },
    hostname: settings.hostname,
    domainname: settings.domainname,
    mounts: context.mounts,
    hooks: hooksFor(given.hooks ?? null, context.isEngine),
    linux: withoutUndefined({
      uidMappings: mapping,
      gidMappings: mapping,
      namespaces: namespacesFor(context.joins, context.directory),
      sysctl: settings.sysctl,
      cgroupsPath: context.cgroupsPath,
      resources: { ...resourcesFor(given.linux.resources), devices: deviceRulesFor(devices), unified: UNIFIED },
      devices,
      seccomp: seccompFor(given.linux.seccomp ?? null, machine),
      rootfsPropagation: propagationFor(given.linux.rootfsPropagation),
      maskedPaths: checkPaths(given.linux.maskedPaths ?? []),
      readonlyPaths: checkPaths(given.linux.readonlyPaths ?? []),
    }),
  });
};

/** JSON with bigint as numbers, which JSON.stringify cannot write. */
export const formatSpec = (value: unknown): string => {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map((item: unknown) => formatSpec(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${formatSpec(field)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
};
