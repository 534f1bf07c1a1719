import { type Attack, type Verdict, verdictOf } from './attack.ts';
import { type Batch, CONTAINERS, DOORS, LOCKED_VOLUME } from './batches.ts';
import { buildAndRead } from './build.ts';
import { beside, CHECK_LABEL, type HostConfig, type Lab, RESIDENT } from './lab.ts';

/** One attack at one door, and what was seen. */
export interface Finding {
  readonly attack: Attack;
  readonly door: string;
  readonly observation: string;
  readonly verdict: Verdict;
}

/** A script that hangs must not hold the others of its batch up. */
const SCRIPT_SECONDS = 30;
const MARK = '@@@';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** One shell program that runs every script for itself and marks where its output begins. */
export const batchProgram = (scripts: readonly string[]): string =>
  scripts
    .map(
      (script, at) =>
        `echo; echo ${MARK}${at}; busybox timeout ${SCRIPT_SECONDS} sh -c ${quoted(script)} </dev/null 2>&1`,
    )
    .concat(`echo; echo ${MARK}end`)
    .join('\n');

/** The outputs of `batchProgram`, by the number of the script; undefined where the batch did not come so far. */
export const batchOutputs = (text: string, count: number): readonly (string | undefined)[] =>
  Array.from({ length: count }, (_, at) => {
    const [, from] = text.split(`${MARK}${at}\n`, 2);
    return from?.split(MARK, 1)[0]?.trim();
  });

/** Runs `program` in the container that belongs to the batch, and gives what it printed or the refusal. */
const runBatch = async (lab: Lab, batch: Batch, program: string): Promise<string> => {
  switch (batch) {
    case 'run':
    case 'privileged':
    case 'unconfined':
    case 'locked':
      return lab.run(program, CONTAINERS[batch]);
    case 'exec':
      return beside(lab, 'exec', CONTAINERS.exec, () => lab.exec('exec', program, { Privileged: true }));
    case 'legacy build':
      return buildAndRead(lab, { builder: 'legacy', lines: [`FROM ${lab.image}`, stepOf(program)] });
    case 'build':
      return buildAndRead(lab, { builder: 'buildKit', lines: [`FROM ${lab.image}`, stepOf(program)] });
  }
};

/** A RUN step of the program, which leaves what it printed at /results. */
const stepOf = (program: string): string => {
  // A Dockerfile's RUN ends with its line; base64 needs no quoting.
  const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(program)));
  return `RUN echo ${encoded} | busybox base64 -d >/tmp/program && sh /tmp/program >/results 2>&1; true`;
};

const prepare = async (lab: Lab): Promise<void> => {
  const made = await lab.request({
    method: 'POST',
    path: '/volumes/create',
    body: { Name: LOCKED_VOLUME, Labels: { [CHECK_LABEL]: 'true' } },
  });
  if (made.startsWith('refused')) throw new Error(`the volume of the suite cannot be made: ${made}`);
  await lab.create(RESIDENT, { Cmd: ['sleep', '100000'] });
  await lab.start(RESIDENT);
};

/** Lists one after the other, maps as one, and of everything else the last. */
export const mergeHostConfigs = (parts: readonly HostConfig[]): HostConfig => {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of parts.flatMap((part) => Object.entries(part))) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value))
      merged[key] = [...(before as unknown[]), ...(value as unknown[])];
    else if (isMap(before) && isMap(value)) merged[key] = { ...before, ...value };
    else merged[key] = value;
  }
  return merged;
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Setting {
  readonly attack: Attack;
  readonly door: string;
  readonly hostConfig: HostConfig;
  readonly script: string;
}

/** Tries all settings of a group in one container, and each in one of its own where the engine refuses that. */
const runGroup = async (
  lab: Lab,
  settings: readonly Setting[],
  found: (attack: Attack, door: string, observation: string) => void,
): Promise<void> => {
  const together = await lab.run(batchProgram(settings.map(({ script }) => script)), {
    HostConfig: mergeHostConfigs(settings.map(({ hostConfig }) => hostConfig)),
  });
  const outputs = batchOutputs(together, settings.length);
  for (const [at, { attack, door, hostConfig, script }] of settings.entries()) {
    const output = outputs[at];
    const alone = settings.length === 1 ? together : null;
    found(
      attack,
      door,
      output === undefined ? (alone ?? (await lab.run(script, { HostConfig: hostConfig }))) : `ran: ${output}`,
    );
  }
};

/**
 * Carries out attacks and reports each one as soon as it is known. Those of a batch come together. The caller cleans up.
 *
 * @throws when the engine cannot be reached; a refusal is an observation
 */
export const carryOut = async (
  lab: Lab,
  attacks: readonly Attack[],
  report: (finding: Finding) => void,
): Promise<void> => {
  const found = (attack: Attack, door: string, observation: string): void =>
    report({ attack, door, observation, verdict: verdictOf(attack, observation) });

  await prepare(lab);
  for (const [batch, members] of batchesOf(attacks)) {
    const said = await runBatch(lab, batch, batchProgram(members.map(({ script }) => script)));
    const outputs = batchOutputs(said, members.length);
    members.forEach(({ attack }, at) => {
      found(attack, DOORS[batch], outputs[at] ?? `the batch ended before: ${said.slice(0, 600)}`);
    });
  }
  for (const settings of groupsOf(attacks)) await runGroup(lab, settings, found);
  for (const attack of attacks) {
    const { attempt } = attack;
    if (attempt.kind === 'api') found(attack, attempt.door, await attempt.perform(lab));
  }
};

const groupsOf = (attacks: readonly Attack[]): readonly (readonly Setting[])[] => {
  const groups = new Map<string, Setting[]>();
  for (const attack of attacks) {
    if (attack.attempt.kind !== 'config') continue;
    const { group, door, hostConfig, script } = attack.attempt;
    groups.set(group, [...(groups.get(group) ?? []), { attack, door, hostConfig, script }]);
  }
  return [...groups.values()];
};

interface Member {
  readonly attack: Attack;
  readonly script: string;
}

const batchesOf = (attacks: readonly Attack[]): ReadonlyMap<Batch, readonly Member[]> => {
  const batches = new Map<Batch, Member[]>();
  for (const attack of attacks) {
    if (attack.attempt.kind !== 'script') continue;
    const { script } = attack.attempt;
    for (const batch of attack.attempt.batches) {
      batches.set(batch, [...(batches.get(batch) ?? []), { attack, script }]);
    }
  }
  return batches;
};
