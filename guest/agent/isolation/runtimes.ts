/** An OCI runtime, as far as runtimes differ in what the isolation needs of them. */
interface Runtime {
  readonly program: string;
  /** Its state directory when it is called without --root. */
  readonly root: string;
  /** The file below a container's state directory that names its first process, and the field that does. */
  readonly state: { readonly file: string; readonly pid: string };
  /** It can join a time namespace. */
  readonly timeNamespace: boolean;
}

const RUNTIMES = {
  crun: {
    program: '/usr/libexec/bulkhead/crun',
    root: '/run/crun',
    state: { file: 'status', pid: 'pid' },
    timeNamespace: true,
  },
  runc: {
    program: '/usr/libexec/bulkhead/runc',
    root: '/run/runc',
    state: { file: 'state.json', pid: 'init_process_pid' },
    // Since runc 1.2 only.
    timeNamespace: false,
  },
} as const satisfies Record<string, Runtime>;

/** What containers without isolation run under: Docker's own. */
export const PLAIN_RUNTIME: Runtime = RUNTIMES.runc;

/** What isolated containers run under; why, docs/isolation.md says. */
export const ISOLATING_RUNTIME: Runtime = RUNTIMES.crun;
