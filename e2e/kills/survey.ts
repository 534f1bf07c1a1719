/** A process of a container and the first line of its uid_map (user_namespaces(7)). */
export interface ContainerProcess {
  /** The container's id, or for a build step its path below Docker's control group. */
  readonly container: string;
  readonly inside: number;
  readonly outside: number;
  readonly size: number;
}

/** What there is of containers in the VM, without the container that looked. */
export interface Survey {
  readonly mounts: readonly string[];
  /** The agent's directories, by the id of the container. */
  readonly directories: readonly string[];
  /** What the runtimes have noted of containers, by id. */
  readonly states: readonly string[];
  /** Control groups below Docker's. */
  readonly cgroups: readonly string[];
  /** The ids that live shims serve. */
  readonly shims: readonly string[];
  /** Fronts and runtimes that still work. */
  readonly runtimes: readonly string[];
  readonly processes: readonly ContainerProcess[];
}

/** Reads what survey.sh says. Throws on a line that it does not know. */
export const parseSurvey = (text: string): Survey => {
  const found = {
    mount: new Array<string>(),
    directory: new Array<string>(),
    state: new Array<string>(),
    cgroup: new Array<string>(),
    shim: new Array<string>(),
    runtime: new Array<string>(),
  };
  const processes: ContainerProcess[] = [];
  const isKind = (kind: string): kind is keyof typeof found => Object.hasOwn(found, kind);
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [kind = '', ...fields] = line.split(' ');
    if (isKind(kind)) found[kind].push(fields.join(' '));
    else if (kind === 'process' && fields.length === 4) {
      const [container = '', inside, outside, size] = fields;
      processes.push({ container, inside: Number(inside), outside: Number(outside), size: Number(size) });
    } else throw new Error(`the survey of the VM has an unknown line: ${line}`);
  }
  return {
    mounts: found.mount,
    directories: found.directory,
    states: found.state,
    cgroups: found.cgroup,
    shims: found.shim,
    runtimes: found.runtime,
    processes,
  };
};

const FIRST_ID = 100_000;
const RANGE_SIZE = 65_536;

/** Whether the mapping is that of an isolated container: the ids from 0 are ids of the VM that nobody else has. */
export const isMapped = ({ inside, outside, size }: Omit<ContainerProcess, 'container'>): boolean =>
  inside === 0 && outside >= FIRST_ID && (outside - FIRST_ID) % RANGE_SIZE === 0 && size === RANGE_SIZE;

/** What of `after` was not in `before`, a thing that is there twice counting twice. */
const added = (before: readonly string[], after: readonly string[]): readonly string[] => {
  const left = [...before];
  return after.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
};

/** What is left in the VM that was not there before any container was; one line for each thing. */
export const leftOver = (before: Survey, after: Survey): readonly string[] => {
  const kinds = ['mounts', 'directories', 'states', 'cgroups', 'shims', 'runtimes'] as const;
  return [
    ...kinds.flatMap((kind) => added(before[kind], after[kind]).map((each) => `${kind}: ${each}`)),
    ...after.processes.map(({ container }) => `a process of ${container}`),
  ];
};

/**
 * What is wrong with containers that live. `running` are the ids of those that the engine calls running; every one must
 * have processes, no other may, all of them must be mapped, and no two containers may have an id in common.
 */
export const unsound = ({ processes }: Survey, running: ReadonlySet<string>): readonly string[] => {
  const ranges = new Map<number, Set<string>>();
  for (const { container, outside } of processes) {
    ranges.set(outside, (ranges.get(outside) ?? new Set()).add(container));
  }
  const living = new Set(processes.map(({ container }) => container));
  return [
    ...processes
      .filter((process) => !isMapped(process))
      .map(({ container, ...map }) => `a process of ${container} is not isolated: ${Object.values(map).join(' ')}`),
    ...[...ranges]
      .filter(([, containers]) => containers.size > 1)
      .map(([outside, containers]) => `${[...containers].join(' and ')} both have the ids from ${outside}`),
    ...[...running].filter((id) => !living.has(id)).map((id) => `${id} is said to run and has no process`),
    ...[...living].filter((id) => !running.has(id)).map((id) => `${id} is not said to run and has a process`),
  ];
};
