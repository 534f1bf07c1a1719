import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../shared/conformance/lab.ts';
import { parseSurvey, type Survey } from './survey.ts';

/** Where the containers that are killed write down how their ids are mapped. */
export const SEEN = '/seen';
export const SEEN_VOLUME = 'bulkhead-check-seen';

const NAME = 'killer';
/** How long runtimes may go on working after the last kill. */
const QUIET_SECONDS = 30;

/** What the VM ends with. */
export const ENGINE_PROGRAMS = ['containerd', 'dockerd', 'agent'] as const;
export type EngineProgram = (typeof ENGINE_PROGRAMS)[number];

/** A container that sees the VM's processes. It needs a VM with isolation off. */
export interface Killer {
  readonly id: string;
  /**
   * Kills fronts, runtimes and shims at random moments of their lives.
   * Resolves with what each was and did, after `seconds` at the latest, however many there were.
   */
  readonly kill: (count: number, seconds: number) => Promise<readonly string[]>;
  /** Looks at the VM when its runtimes have come to rest. */
  readonly survey: () => Promise<Survey>;
  /** What containers have written down. */
  readonly seen: () => Promise<readonly string[]>;
  /** Kills a program that the VM ends with, after everything was written to the disk. */
  readonly killEngine: (program: EngineProgram) => Promise<void>;
}

const script = (name: string): string => readFileSync(path.join(import.meta.dirname, name), 'utf8');

/** A container's Cmd is no shell line: the script, its name and its arguments. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const call = (name: string, ...args: readonly (string | number)[]): string =>
  `exec sh -c ${quoted(script(name))} ${name} ${args.join(' ')}`;

/** Makes the container, which comes back by itself when the VM is started again with isolation off. */
export const createKiller = async (lab: Lab): Promise<Killer> => {
  const id = await lab.create(NAME, {
    Cmd: ['sleep', '1000000'],
    HostConfig: {
      Privileged: true,
      PidMode: 'host',
      NetworkMode: 'host',
      CgroupnsMode: 'host',
      Binds: [`${SEEN_VOLUME}:${SEEN}`],
      RestartPolicy: { Name: 'always' },
    },
  });
  await lab.start(NAME);

  const output = async (line: string): Promise<string> => {
    const said = await lab.exec(NAME, line);
    if (!said.startsWith('ran: ')) throw new Error(`the killer cannot work: ${said}`);
    return said.slice('ran: '.length);
  };
  const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

  return {
    id,
    kill: async (count, seconds) =>
      linesOf(await output(call('kill.sh', id, count, seconds))).map((line) => line.replace(/^killed /u, '')),
    survey: async () => parseSurvey(await output(call('survey.sh', id, QUIET_SECONDS))),
    seen: async () => linesOf(await output(`cat ${SEEN}/* 2>/dev/null; true`)),
    killEngine: async (program) => {
      // The agent is the program of that name; the others are known by their own.
      const wanted = program === 'agent' ? '*agent.cjs' : `*/${program}--*`;
      const line = `sync
        for process in /proc/[0-9]*; do
          line='' && read -r line 2>/dev/null <$process/cmdline
          case $line in ${wanted}) kill -9 \${process#/proc/} ;; esac
        done`;
      // The VM ends before there is an answer.
      await lab.exec(NAME, line).catch(() => undefined);
    },
  };
};
