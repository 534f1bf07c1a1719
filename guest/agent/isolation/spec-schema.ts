import { z } from 'zod';
import { invalidSpec } from './denied.ts';

/*
 * What dockerd, containerd and BuildKit put into a container's spec (OCI runtime spec 1.2, config.md and config-linux.md;
 * moby, daemon/oci_linux.go). Objects are strict: a field that is not named here might loosen the isolation in a way that
 * nobody thought of, so it is refused. Fields typed `dropped` are known, and never reach the runtime.
 */
const dropped = z.unknown().optional();
const integer = z.int();
const id = z.int().nonnegative();
const paths = z.array(z.string()).nullish();

const mount = z.strictObject({
  destination: z.string(),
  type: z.string().optional(),
  source: z.string().optional(),
  options: z.array(z.string()).nullish(),
});

const hook = z.strictObject({
  path: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.string()).nullish(),
  timeout: z.number().optional(),
});
const hookList = z.array(hook).nullish();

const capabilities = z.array(z.string()).nullish();

/** RLIM_INFINITY is 2^64-1, which a JSON number of JavaScript holds only roughly. */
const limit = z.number().nonnegative();

const processSchema = z.strictObject({
  terminal: z.boolean().optional(),
  consoleSize: z.strictObject({ height: id, width: id }).optional(),
  user: z.strictObject({ uid: id, gid: id, umask: id.optional(), additionalGids: z.array(id).nullish() }),
  args: z.array(z.string()).min(1),
  env: z.array(z.string()).nullish(),
  cwd: z.string(),
  capabilities: z
    .strictObject({
      bounding: capabilities,
      effective: capabilities,
      inheritable: capabilities,
      permitted: capabilities,
      ambient: capabilities,
    })
    .optional(),
  rlimits: z.array(z.strictObject({ type: z.string(), hard: limit, soft: limit })).nullish(),
  noNewPrivileges: z.boolean().optional(),
  apparmorProfile: z.string().optional(),
  oomScoreAdj: integer.optional(),
  selinuxLabel: dropped,
  scheduler: dropped,
  ioPriority: dropped,
});

const throttle = z.array(z.strictObject({ major: integer, minor: integer, rate: integer })).nullish();

const resources = z.strictObject({
  devices: dropped,
  memory: z
    .strictObject({
      limit: integer.optional(),
      reservation: integer.optional(),
      swap: integer.optional(),
      kernel: dropped,
      kernelTCP: dropped,
      swappiness: integer.optional(),
      disableOOMKiller: z.boolean().optional(),
      useHierarchy: dropped,
      checkBeforeUpdate: z.boolean().optional(),
    })
    .optional(),
  cpu: z
    .strictObject({
      shares: integer.optional(),
      quota: integer.optional(),
      burst: integer.optional(),
      period: integer.optional(),
      realtimeRuntime: dropped,
      realtimePeriod: dropped,
      cpus: z.string().optional(),
      mems: z.string().optional(),
      idle: integer.optional(),
    })
    .optional(),
  pids: z.strictObject({ limit: integer }).optional(),
  blockIO: z
    .strictObject({
      weight: integer.optional(),
      leafWeight: integer.optional(),
      weightDevice: z
        .array(
          z.strictObject({
            major: integer,
            minor: integer,
            weight: integer.optional(),
            leafWeight: integer.optional(),
          }),
        )
        .nullish(),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    })
    .optional(),
  hugepageLimits: z.array(z.strictObject({ pageSize: z.string(), limit: integer })).nullish(),
  network: dropped,
  rdma: dropped,
});

const seccompArgument = z.strictObject({
  index: id,
  value: id,
  valueTwo: id.optional(),
  op: z.string(),
});

const seccomp = z.strictObject({
  defaultAction: z.string(),
  defaultErrnoRet: id.optional(),
  architectures: z.array(z.string()).nullish(),
  flags: z.array(z.string()).nullish(),
  syscalls: z
    .array(
      z.strictObject({
        names: z.array(z.string()),
        action: z.string(),
        errnoRet: id.optional(),
        args: z.array(seccompArgument).nullish(),
      }),
    )
    .nullish(),
});

const linux = z.strictObject({
  uidMappings: dropped,
  gidMappings: dropped,
  sysctl: z.record(z.string(), z.string()).nullish(),
  resources: resources.optional(),
  cgroupsPath: z.string().optional(),
  namespaces: z.array(z.strictObject({ type: z.string(), path: z.string().optional() })),
  devices: z
    .array(
      z.strictObject({
        path: z.string(),
        type: z.string(),
        major: integer.optional(),
        minor: integer.optional(),
        fileMode: integer.optional(),
        uid: id.optional(),
        gid: id.optional(),
      }),
    )
    .nullish(),
  seccomp: seccomp.nullish(),
  rootfsPropagation: z.string().optional(),
  maskedPaths: paths,
  readonlyPaths: paths,
  mountLabel: dropped,
  intelRdt: dropped,
  memoryPolicy: dropped,
  netDevices: dropped,
});

const spec = z.strictObject({
  ociVersion: z.string().regex(/^1\./),
  process: processSchema,
  root: z.strictObject({ path: z.string(), readonly: z.boolean().optional() }),
  hostname: z.string().optional(),
  domainname: z.string().optional(),
  mounts: z.array(mount),
  hooks: z
    .strictObject({
      prestart: hookList,
      createRuntime: hookList,
      createContainer: hookList,
      startContainer: hookList,
      poststart: hookList,
      poststop: hookList,
    })
    .nullish(),
  annotations: dropped,
  linux,
});

export type Spec = z.infer<typeof spec>;
export type SpecProcess = Spec['process'];
export type Mount = Spec['mounts'][number];
export type Hooks = NonNullable<Spec['hooks']>;
export type Seccomp = NonNullable<Spec['linux']['seccomp']>;
export type Resources = NonNullable<Spec['linux']['resources']>;
export type Namespace = Spec['linux']['namespaces'][number];
export type Device = NonNullable<Spec['linux']['devices']>[number];

/** Throws Denied with the place and the fault when the value has anything that is not known. */
const parse = <T>(schema: z.ZodType<T>, what: string, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined ? '' : issue.path.map(String).join('.');
  throw invalidSpec(`${place === '' ? what : place}: ${issue?.message ?? 'not understood'}`);
};

/** Reads a container's spec. Throws Denied. */
export const parseSpec = (value: unknown): Spec => parse(spec, 'spec', value);

/** Reads the process of `docker exec`. Throws Denied. */
export const parseProcess = (value: unknown): SpecProcess => parse(processSchema, 'process', value);

/** Reads the limits of `docker update`. Throws Denied. */
export const parseResources = (value: unknown): Resources => parse(resources, 'resources', value);
