import { z } from 'zod';
import { CHECK_LABEL, type Lab } from '../../shared/conformance/lab.ts';
import type { Killer } from './killer.ts';
import { isMapped, leftOver, type Survey, unsound } from './survey.ts';
import { isolatedContainer, startWorkload } from './workload.ts';

/** The longest that a round of kills may take; a request to the engine has a deadline of its own, which is longer. */
const ROUND_SECONDS = 150;
const PARALLEL = 3;
/** Removing a container whose runtime was killed may need another attempt. */
const REMOVE_ATTEMPTS = 5;

const LISTED = z.array(z.object({ Id: z.string(), State: z.string() }));

export interface Sweep {
  /** What each was that was killed, and what it did. */
  readonly killed: readonly string[];
  readonly done: number;
  readonly refused: number;
  /** What was left over, not isolated or stuck. */
  readonly problems: readonly string[];
}

/** The containers that the sweep has made, but for the killer. */
const containersOf = async (lab: Lab, killer: Killer): Promise<z.infer<typeof LISTED>> => {
  const filter = encodeURIComponent(JSON.stringify({ label: [CHECK_LABEL] }));
  const { body } = await lab.ask({ method: 'GET', path: `/containers/json?all=1&filters=${filter}` });
  return LISTED.parse(JSON.parse(Buffer.from(body).toString())).filter(({ Id }) => Id !== killer.id);
};

/** Removes them all, and gives the ids of those that the engine does not remove. */
const removeAll = async (lab: Lab, killer: Killer): Promise<readonly string[]> => {
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt += 1) {
    const left = await containersOf(lab, killer);
    if (left.length === 0) return [];
    for (const { Id } of left) await lab.ask({ method: 'DELETE', path: `/containers/${Id}?force=1&v=1` });
  }
  return (await containersOf(lab, killer)).map(({ Id }) => Id);
};

/** The agent removes what is left of containers when the next one is started. Gives the id of that one. */
const startOne = async (lab: Lab): Promise<string> => {
  const id = await lab.create('last', isolatedContainer({ HostConfig: { NetworkMode: 'none' } }));
  await lab.start('last');
  await lab.remove('last');
  return id;
};

/** The lines of `seen` that are not the mapping of an isolated container. */
export const notIsolated = (seen: readonly string[]): readonly string[] =>
  seen.filter((line) => {
    const [inside = -1, outside = -1, size = -1] = line.split(' ').map(Number);
    return !isMapped({ inside, outside, size });
  });

/** Removes every container but the killer and gives what is left that was not in `before`. */
export const remainsOf = async (lab: Lab, killer: Killer, before: Survey): Promise<readonly string[]> => {
  const stuck = await removeAll(lab, killer);
  const last = await startOne(lab);
  const after = await killer.survey();
  return [
    ...stuck.map((id) => `${id} cannot be removed`),
    ...leftOver(before, { ...after, directories: after.directories.filter((id) => id !== last) }),
    ...notIsolated(await killer.seen()).map((line) => `a process had the mapping ${line}`),
  ];
};

/** What is wrong with the containers that the engine says run, and those of which it does not. */
export const wrongNow = async (lab: Lab, killer: Killer): Promise<readonly string[]> => {
  const survey = await killer.survey();
  const containers = await containersOf(lab, killer);
  const running = containers.filter(({ State }) => State === 'running' || State === 'paused').map(({ Id }) => Id);
  return unsound(survey, new Set(running));
};

const round = async (lab: Lab, killer: Killer, before: Survey, kills: number): Promise<Sweep> => {
  const workload = startWorkload(lab, PARALLEL);
  const killed = await killer.kill(kills, ROUND_SECONDS);
  await workload.finish();
  const problems = [...(await wrongNow(lab, killer)), ...(await remainsOf(lab, killer, before))];
  return { killed, ...workload.counts, problems };
};

/**
 * Kills fronts, runtimes and shims while containers are made, used and removed, in rounds, until so many were killed or a
 * round has found something wrong. Says what each round came to.
 */
export const sweep = async (
  lab: Lab,
  killer: Killer,
  kills: number,
  perRound: number,
  say: (line: string) => void,
): Promise<Sweep> => {
  const before = await killer.survey();
  let all: Sweep = { killed: [], done: 0, refused: 0, problems: [] };
  while (all.killed.length < kills && all.problems.length === 0) {
    const one = await round(lab, killer, before, Math.min(perRound, kills - all.killed.length));
    if (one.killed.length === 0) throw new Error('nothing was found that could be killed');
    all = {
      killed: [...all.killed, ...one.killed],
      done: all.done + one.done,
      refused: all.refused + one.refused,
      problems: one.problems,
    };
    say(`${all.killed.length} of ${kills} killed, ${all.done} requests carried out, ${all.refused} refused`);
  }
  return all;
};

/** How often what was killed, the most frequent first. */
export const countKilled = (killed: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const each of killed) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([each, count]) => `${count} ${each}`)
    .join(', ');
};
