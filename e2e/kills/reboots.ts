import { z } from 'zod';
import { until } from '../../cli/processes.ts';
import type { ContainerConfig, Lab } from '../../shared/conformance/lab.ts';
import type { OwnEngine } from '../conformance/own-engine.ts';
import { ENGINE_PROGRAMS, type Killer, SEEN } from './killer.ts';
import { notIsolated, wrongNow } from './sweep.ts';
import { isolatedContainer } from './workload.ts';

/** A VM ends within seconds, and containers come back before the engine answers; under emulation and load both take longer. */
const DEADLINE_MS = 120_000;

const KEPT = 'kept';
const UID_MAP = 'read -r a b c </proc/self/uid_map; echo "$a $b $c"';
const KEPT_FILES = `/kept ${SEEN}-kept/kept`;

const always = (config: ContainerConfig = {}): ContainerConfig => ({
  Cmd: ['sh', '-c', `${UID_MAP}; exec sleep 1000000`],
  ...config,
  HostConfig: { RestartPolicy: { Name: 'always' }, ...config.HostConfig },
});

/** The container's uid_map, or what is wrong with it as a line of its own. */
const mappingOf = async (lab: Lab, name: string): Promise<readonly string[]> => {
  let said = '';
  await until(async () => (said = await lab.exec(name, UID_MAP)).startsWith('ran: '), DEADLINE_MS);
  const isIsolated = said.startsWith('ran: ') && notIsolated([said.slice('ran: '.length)]).length === 0;
  return isIsolated ? [] : [`${name} is not back and isolated: ${said}`];
};

/** Makes a container that comes back by itself, with something on the disk in its own layer and in a volume. */
export const keepOne = async (lab: Lab): Promise<void> => {
  const binds = [`bulkhead-check-kept:${SEEN}-kept`];
  await lab.create(KEPT, isolatedContainer({ HostConfig: { RestartPolicy: { Name: 'always' }, Binds: binds } }));
  await lab.start(KEPT);
  const said = await lab.exec(KEPT, `for file in ${KEPT_FILES}; do echo whole >$file; done`);
  if (said !== 'ran: ') throw new Error(`nothing can be kept: ${said}`);
};

/** Whether what was kept is back: isolated, and its files whole. */
const checkKept = async (lab: Lab): Promise<readonly string[]> => {
  const mapping = await mappingOf(lab, KEPT);
  const said = await lab.exec(KEPT, `cat ${KEPT_FILES}`);
  return [...mapping, ...(said === 'ran: whole\nwhole' ? [] : [`what ${KEPT} has written is not whole: ${said}`])];
};

/** Kills the agent and each of the engine's programs, and boots the VM anew after each. Gives what was wrong. */
export const killEngines = async (
  engine: OwnEngine,
  lab: Lab,
  killer: Killer,
  say: (line: string) => void,
): Promise<readonly string[]> => {
  const problems: string[] = [];
  const isFailed = (): boolean => engine.engine.snapshot().state.kind === 'failed';
  for (const program of ENGINE_PROGRAMS) {
    await killer.killEngine(program);
    if (!(await until(isFailed, DEADLINE_MS))) return [...problems, `the VM goes on without ${program}`];
    say(`${program} killed: the VM has ended`);
    await engine.boot(false);
    const found = [...(await checkKept(lab)), ...(await wrongNow(lab, killer))];
    problems.push(...found.map((line) => `after ${program} was killed: ${line}`));
    say(`booted again: ${found.length === 0 ? 'what was kept is back, isolated and whole' : found.join('; ')}`);
  }
  return problems;
};

const STATE = z.object({ State: z.object({ Running: z.boolean(), Error: z.string() }) });

/** What restarts by itself and was made without isolation, with what it must be refused for once that is on. */
const REFUSED: readonly { readonly name: string; readonly config: ContainerConfig; readonly reason: string }[] = [
  { name: 'before-pid', config: always({ HostConfig: { PidMode: 'host' } }), reason: 'share namespaces [pid]' },
  { name: 'before-etc', config: always({ HostConfig: { Binds: ['/etc:/x'] } }), reason: "can't mount /etc because" },
];

/** Turns isolation on under containers that restart by themselves and were made without it. Gives what was wrong. */
export const turnIsolationOn = async (
  engine: OwnEngine,
  lab: Lab,
  say: (line: string) => void,
): Promise<readonly string[]> => {
  const plain = 'before';
  const all = [{ name: plain, config: always() }, ...REFUSED];
  for (const { name, config } of all) {
    await lab.create(name, config);
    await lab.start(name);
  }
  await engine.boot(true);
  const problems = [...(await mappingOf(lab, plain)), ...(await checkKept(lab))];
  for (const { name, reason } of REFUSED) {
    const said = await lab.request({ method: 'GET', path: `/containers/bulkhead-check-${name}/json` });
    const { State } = STATE.parse(JSON.parse(said.replace(/^ran: /u, '')));
    if (State.Running || !State.Error.includes(reason)) {
      problems.push(`${name} ${State.Running ? 'runs' : 'does not run'}, and the reason given is "${State.Error}"`);
    }
  }
  say(
    `isolation turned on: ${problems.length === 0 ? 'what was made before is isolated or refused with its reason' : problems.join('; ')}`,
  );
  return problems;
};
