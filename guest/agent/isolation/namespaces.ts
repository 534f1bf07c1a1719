import { invalidSpec } from './denied.ts';
import type { Namespace } from './spec-schema.ts';

/** The namespaces that another isolated container may share with this one (`--network container:NAME` and its like). */
export type SharedNamespace = 'ipc' | 'network' | 'pid';

/** A namespace that the spec takes from a running process. */
export interface Join {
  readonly type: SharedNamespace;
  readonly pid: number;
}

const REQUIRED = ['ipc', 'mount', 'network', 'pid', 'uts'] as const;
/** Names below /proc/PID/ns (namespaces(7)). */
const FILE_OF = { ipc: 'ipc', network: 'net', pid: 'pid' } as const satisfies Record<SharedNamespace, string>;
const PROCESS_NAMESPACE = /^\/proc\/([1-9]\d{0,9})\/ns\/([a-z]+)$/;

/** The words of Docker's Enhanced Container Isolation for a namespace that would be the VM's. */
const sharedWithHost = (types: readonly string[]): Error =>
  invalidSpec(
    `sysbox containers can't share namespaces [${types.toSorted().join(' ')}] with the host ` +
      '(because they use the linux user-namespace for isolation)',
  );

const isShareable = (type: string): type is SharedNamespace => Object.hasOwn(FILE_OF, type);

const joinOf = (namespace: Namespace): Join | null => {
  const [, pid, file] = PROCESS_NAMESPACE.exec(namespace.path ?? '') ?? [];
  if (!isShareable(namespace.type) || pid === undefined || file !== FILE_OF[namespace.type]) return null;
  return { type: namespace.type, pid: Number(pid) };
};

/**
 * Checks that the container gets every namespace of its own or takes it from a process, and returns the latter; whether
 * that process is an isolated container's is for the caller to find out. A user, cgroup or time namespace in the spec is
 * of no account: the container gets its own in any case. Throws Denied.
 */
export const checkNamespaces = (namespaces: readonly Namespace[]): readonly Join[] => {
  const asked = namespaces.filter(({ type }) => !['user', 'cgroup', 'time'].includes(type));
  const types = asked.map(({ type }) => type);
  const unknown = types.find((type) => !(REQUIRED as readonly string[]).includes(type));
  if (unknown !== undefined) throw invalidSpec(`linux.namespaces: ${unknown} is not known`);
  const double = types.find((type, at) => types.indexOf(type) !== at);
  if (double !== undefined) throw invalidSpec(`linux.namespaces: ${double} is given twice`);

  const withPath = asked.filter(({ path }) => path !== undefined && path !== '');
  const foreign = withPath.filter((namespace) => joinOf(namespace) === null).map(({ type }) => type);
  const missing = REQUIRED.filter((type) => !types.includes(type));
  if (missing.length + foreign.length > 0) throw sharedWithHost([...missing, ...foreign]);
  return withPath.flatMap((namespace) => joinOf(namespace) ?? []);
};

/** For a process whose namespaces are asked for and that is in none of the isolated containers. */
export const notIsolated = (joins: readonly Join[]): Error => sharedWithHost(joins.map(({ type }) => type));

/** For namespaces of several containers: one user namespace can own only the namespaces of one of them. */
export const severalOwners = (): Error =>
  invalidSpec(
    "sysbox containers can't share namespaces with several containers that have user namespaces of their own; " +
      'take them all from one container',
  );

/** Where the front binds the namespaces that it makes itself. */
export interface OwnNamespaces {
  readonly user: string;
  readonly time: string;
}

/** Those of a container, below its own directory. */
export const ownNamespaces = (directory: string): OwnNamespaces => ({
  user: `${directory}/user`,
  time: `${directory}/time`,
});

/**
 * The namespaces that the runtime makes or joins. Joined ones belong to the user namespace of their container, so that is
 * joined with them, and so is the time namespace. Without any, those that the front has made are joined: `own`.
 */
export const namespacesFor = (joins: readonly Join[], own: OwnNamespaces): readonly Namespace[] => {
  const procPath = (join: Join): string => `/proc/${join.pid}/ns/${FILE_OF[join.type]}`;
  const [owner] = joins;
  const given: OwnNamespaces =
    owner === undefined ? own : { user: `/proc/${owner.pid}/ns/user`, time: `/proc/${owner.pid}/ns/time` };
  return [
    { type: 'user', path: given.user },
    ...REQUIRED.map((type): Namespace => {
      const join = joins.find((other) => other.type === type);
      return { type, ...(join === undefined ? {} : { path: procPath(join) }) };
    }),
    { type: 'cgroup' },
    { type: 'time', path: given.time },
  ];
};
