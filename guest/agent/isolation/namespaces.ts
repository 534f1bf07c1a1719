import { invalidSpec } from './denied.ts';
import { ISOLATING_RUNTIME } from './runtimes.ts';
import type { Namespace } from './spec-schema.ts';

/** The namespaces that another isolated container may share with this one (`--network container:NAME` and its like). */
export type SharedNamespace = 'ipc' | 'network' | 'pid';

/** A namespace that the spec takes from a running process. */
export interface Join {
  readonly type: SharedNamespace;
  readonly pid: number;
}

const REQUIRED = ['ipc', 'mount', 'network', 'pid', 'uts'] as const;
/** What the runtime finds ready: a container's own user and time namespace, and those that it shares with another. */
export type ReadyNamespace = 'user' | 'time' | SharedNamespace;

/** Names below /proc/PID/ns (namespaces(7)), and in the container's own directory. */
const FILE_OF = { user: 'user', time: 'time', ipc: 'ipc', network: 'net', pid: 'pid' } as const satisfies Record<
  ReadyNamespace,
  string
>;
const PROCESS_NAMESPACE = /^\/proc\/([1-9]\d{0,9})\/ns\/([a-z]+)$/;

/** The words of Docker's Enhanced Container Isolation for a namespace that would be the VM's. */
const sharedWithHost = (types: readonly string[]): Error =>
  invalidSpec(
    `sysbox containers can't share namespaces [${types.toSorted().join(' ')}] with the host ` +
      '(because they use the linux user-namespace for isolation)',
  );

const isShareable = (type: string): type is SharedNamespace => ['ipc', 'network', 'pid'].includes(type);

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

/** A namespace of a running process, as it is called below /proc/PID/ns, and where the front binds it for the runtime. */
export interface Taken {
  readonly pid: number;
  readonly name: string;
  readonly place: string;
}

/** Where the front binds the namespaces that the container has of its own from the start. */
export interface OwnNamespaces {
  readonly user: string;
  readonly time: string;
}

const placeOf = (directory: string, type: ReadyNamespace): string => `${directory}/${FILE_OF[type]}`;

/** The places below the container's directory. */
export const ownNamespaces = (directory: string): OwnNamespaces => ({
  user: placeOf(directory, 'user'),
  time: placeOf(directory, 'time'),
});

/** Joined namespaces belong to the user namespace of their container, so that is taken with them, and its time namespace. */
export const takenNamespaces = (joins: readonly Join[], directory: string): readonly Taken[] => {
  const [owner] = joins;
  if (owner === undefined) return [];
  const taken = (type: ReadyNamespace, pid: number): Taken => ({
    pid,
    name: FILE_OF[type],
    place: placeOf(directory, type),
  });
  return [taken('user', owner.pid), taken('time', owner.pid), ...joins.map(({ type, pid }) => taken(type, pid))];
};

/**
 * The namespaces that the runtime makes, and those that it finds in the container's directory. Where the runtime knows no time
 * namespaces the container is left in the VM's, in which it can only see how long the VM is up.
 */
export const namespacesFor = (joins: readonly Join[], directory: string): readonly Namespace[] => [
  { type: 'user', path: placeOf(directory, 'user') },
  ...REQUIRED.map((type): Namespace => {
    const join = joins.find((other) => other.type === type);
    return { type, ...(join === undefined ? {} : { path: placeOf(directory, join.type) }) };
  }),
  { type: 'cgroup' },
  ...(ISOLATING_RUNTIME.timeNamespace ? [{ type: 'time', path: placeOf(directory, 'time') }] : []),
];
