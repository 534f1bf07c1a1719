import { ownEngine } from '../e2e/conformance/own-engine.ts';
import { hostSocket } from '../e2e/conformance/engine.ts';
import { PROBE_REFERENCE } from '../guest/image/probe-image.ts';
import { cleanUp, createLab, type Lab } from '../shared/conformance/lab.ts';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

/** As many ranges as the agent has, and one more, so that the first is given out again. */
const STARTS = 4097;
const PARALLEL = 50;
const RANGE = 65_536;
const UID_MAP = `read -r a b c </proc/self/uid_map; echo "$a $b $c"`;

/** The first id in the VM of a container that says its uid_map. */
function outsideOf(observation: string): number {
  const match = /^ran: 0 (?<outside>\d+) 65536$/u.exec(observation);
  if (match === null) throw new Stop(`A container is not isolated or did not start: ${observation}`);
  return Number(match.groups?.['outside']);
}

function expectDisjoint(ranges: ReadonlyMap<string, number>): void {
  const sorted = [...ranges].toSorted(([, a], [, b]) => a - b);
  for (const [at, [name, from]] of sorted.entries()) {
    const next = sorted[at + 1];
    if (next !== undefined && next[1] - from < RANGE) {
      throw new Stop(`Containers ${name} and ${next[0]} live at once and share ids from ${next[1]}.`);
    }
  }
}

/** Starts containers at the same time and leaves them running. */
async function startTogether(lab: Lab, count: number): Promise<ReadonlyMap<string, number>> {
  const names = Array.from({ length: count }, (_, at) => `soak-${at}`);
  for (const name of names) await lab.create(name, { Cmd: ['sleep', '1000000'], HostConfig: { NetworkMode: 'none' } });
  await Promise.all(names.map((name) => lab.start(name)));
  const ranges = new Map<string, number>();
  for (const name of names) ranges.set(name, outsideOf(await lab.exec(name, UID_MAP)));
  expectDisjoint(ranges);
  return ranges;
}

/** Starts one container after the other beside those that live, each of which must have ids of its own. */
async function startInTurn(lab: Lab, count: number, living: ReadonlyMap<string, number>): Promise<number> {
  const seen = new Set<number>();
  let again = 0;
  for (let at = 1; at <= count; at += 1) {
    const outside = outsideOf(await lab.run(UID_MAP, { HostConfig: { NetworkMode: 'none' } }));
    expectDisjoint(new Map([...living, ['the one that was just started', outside]]));
    if (seen.has(outside)) again += 1;
    seen.add(outside);
    if (at % 10 === 0) console.log(`${at} of ${count} started, ${seen.size} ranges seen, ${again} of them again`);
  }
  return again;
}

await main(async () => {
  const [starts = STARTS, parallel = PARALLEL] = process.argv.slice(2).map(Number);
  if (![starts, parallel].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new Stop('Usage: npm run soak -- [STARTS] [PARALLEL]', 2);
  }
  await setUp();
  const engine = ownEngine();
  try {
    await engine.boot(true);
    const ask = hostSocket(engine.socket);
    const lab = createLab(ask, PROBE_REFERENCE);
    const began = Date.now();
    const living = await startTogether(lab, parallel);
    console.log(`${parallel} containers started at once have ids of their own.`);
    const again = await startInTurn(lab, starts, living);
    await cleanUp(ask);
    const minutes = ((Date.now() - began) / 60_000).toFixed(1);
    console.log(
      `${starts} starts in turn beside them: no id in common; ${again} ranges were given out again. ${minutes} minutes.`,
    );
    return 0;
  } finally {
    await engine.end();
  }
});
