import path from 'node:path';
import { Denied } from './denied.ts';

/** `create` or `run` as containerd's shim and BuildKit call the runtime (containerd, pkg go-runc; buildkit, runcexecutor). */
export interface RuntimeCommand {
  /** The name that the runtime was called by, without directories. */
  readonly program: string;
  readonly verb: 'create' | 'run';
  /** State directory; null stands for the runtime's own default. */
  readonly root: string | null;
  readonly log: string | null;
  readonly logFormat: string | null;
  readonly systemdCgroup: boolean;
  readonly bundle: string;
  readonly pidFile: string | null;
  readonly consoleSocket: string | null;
  readonly noPivot: boolean;
  readonly keep: boolean;
  readonly id: string;
}

/** What the shim asks for a container that runs: a further process, or other limits (containerd, pkg go-runc). */
export interface RunningCommand {
  readonly program: string;
  readonly verb: 'exec' | 'update';
  readonly root: string | null;
  readonly log: string | null;
  readonly logFormat: string | null;
  /** `exec`: the file that describes the process. */
  readonly process: string | null;
  readonly pidFile: string | null;
  readonly consoleSocket: string | null;
  readonly detach: boolean;
  readonly id: string;
}

const GLOBAL_VALUES = new Set(['--root', '--log', '--log-format']);
const GLOBAL_SWITCHES = new Set(['--systemd-cgroup']);
const VERB_VALUES = new Set(['--bundle', '--pid-file', '--console-socket']);
const VERB_SWITCHES = {
  create: new Set(['--no-pivot']),
  run: new Set(['--no-pivot', '--keep']),
} as const;
const RUNNING_VALUES = {
  exec: new Set(['--process', '--pid-file', '--console-socket']),
  update: new Set(['--resources']),
} as const;
const RUNNING_SWITCHES = { exec: new Set(['--detach']), update: new Set<string>() } as const;

/** An id becomes part of paths, so it is one plain file name. */
const CONTAINER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/** Takes flags off the front of `args`. Both `--flag value` and `--flag=value` are in use. */
const takeFlags = (args: readonly string[], valued: ReadonlySet<string>, plain: ReadonlySet<string>): Flags => {
  const values = new Map<string, string>();
  const switches = new Set<string>();
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) break;
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    if (plain.has(name) && equals < 0) {
      switches.add(name);
      continue;
    }
    const value = equals < 0 ? args[++at] : arg.slice(equals + 1);
    if (!valued.has(name) || value === undefined || value === '' || values.has(name)) {
      throw new Denied(`the runtime was called with an option that it does not support: ${arg}`);
    }
    values.set(name, value);
  }
  return { values, switches, rest: args.slice(at) };
};

const idOf = (rest: readonly string[]): string => {
  const [id, ...extra] = rest;
  if (id === undefined || extra.length > 0 || !CONTAINER_ID.test(id)) {
    throw new Denied(`the runtime was called with ${rest.join(' ') || 'no container id'} instead of a container id`);
  }
  return id;
};

const resolver =
  (cwd: string) =>
  (value: string | undefined): string | null =>
    value === undefined ? null : path.resolve(cwd, value);

/**
 * Reads the arguments of the runtime strictly: an option or a verb that is not known is Denied, since nobody can say what
 * it would allow. Relative paths are taken from `cwd`.
 */
export const parseRuntimeCommand = (argv: readonly string[], cwd: string): RuntimeCommand | RunningCommand => {
  const [program = '', ...args] = argv;
  const outer = takeFlags(args, GLOBAL_VALUES, GLOBAL_SWITCHES);
  const [verb, ...verbArgs] = outer.rest;
  const pathOf = resolver(cwd);
  const common = {
    program: path.basename(program),
    root: pathOf(outer.values.get('--root')),
    log: pathOf(outer.values.get('--log')),
    logFormat: outer.values.get('--log-format') ?? null,
  };
  switch (verb) {
    case 'create':
    case 'run': {
      const inner = takeFlags(verbArgs, VERB_VALUES, VERB_SWITCHES[verb]);
      return {
        ...common,
        verb,
        systemdCgroup: outer.switches.has('--systemd-cgroup'),
        bundle: pathOf(inner.values.get('--bundle')) ?? cwd,
        pidFile: pathOf(inner.values.get('--pid-file')),
        consoleSocket: pathOf(inner.values.get('--console-socket')),
        noPivot: inner.switches.has('--no-pivot'),
        keep: inner.switches.has('--keep'),
        id: idOf(inner.rest),
      };
    }
    case 'exec':
    case 'update': {
      const inner = takeFlags(verbArgs, RUNNING_VALUES[verb], RUNNING_SWITCHES[verb]);
      return {
        ...common,
        verb,
        process: pathOf(inner.values.get('--process')),
        pidFile: pathOf(inner.values.get('--pid-file')),
        consoleSocket: pathOf(inner.values.get('--console-socket')),
        detach: inner.switches.has('--detach'),
        id: idOf(inner.rest),
      };
    }
    case undefined:
    default:
      throw new Denied(`${verb ?? 'nothing'} is not supported by the engine's runtime`);
  }
};

const option = (name: string, value: string | null): readonly string[] => (value === null ? [] : [name, value]);

const globalArguments = (command: RuntimeCommand | RunningCommand): readonly string[] => [
  ...option('--root', command.root),
  ...option('--log', command.log),
  ...option('--log-format', command.logFormat),
];

/** The arguments for the isolating runtime: the caller's, with a bundle that holds the rewritten spec. */
export const isolatedArguments = (command: RuntimeCommand, bundle: string): readonly string[] => {
  return [
    ...globalArguments(command),
    command.verb,
    '--bundle',
    bundle,
    ...option('--pid-file', command.pidFile),
    ...option('--console-socket', command.consoleSocket),
    ...(command.keep ? ['--keep'] : []),
    command.id,
  ];
};

/** The same for a container that runs: `file` is what the agent wrote in place of the process or the limits. */
export const runningArguments = (command: RunningCommand, file: string): readonly string[] => [
  ...globalArguments(command),
  command.verb,
  command.verb === 'exec' ? '--process' : '--resources',
  file,
  ...option('--pid-file', command.pidFile),
  ...option('--console-socket', command.consoleSocket),
  ...(command.detach ? ['--detach'] : []),
  command.id,
];
