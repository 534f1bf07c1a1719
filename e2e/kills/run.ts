import { PROBE_REFERENCE } from '../../guest/image/probe-image.ts';
import { createLab } from '../../shared/conformance/lab.ts';
import { hostSocket } from '../conformance/engine.ts';
import { ownEngine } from '../conformance/own-engine.ts';
import { createKiller } from './killer.ts';
import { keepOne, killEngines, turnIsolationOn } from './reboots.ts';
import { countKilled, remainsOf, sweep } from './sweep.ts';

const PER_ROUND = 20;

/**
 * Kills so many fronts, runtimes and shims in a real VM, then the agent and the engine's programs, and at last turns isolation
 * on under containers that were made without it. Says what it does, and at the end what was wrong.
 *
 * @returns the exit code: 0 when nothing was
 */
export const killInVm = async (kills: number): Promise<number> => {
  const started = Date.now();
  const say = (line: string): void => {
    console.log(`${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${line}`);
  };
  const engine = ownEngine();
  try {
    await engine.boot(false);
    say('the VM runs with isolation off, where a container can see and kill its processes');
    const lab = createLab(hostSocket(engine.socket), PROBE_REFERENCE);
    const killer = await createKiller(lab);
    const empty = await killer.survey();

    const swept = await sweep(lab, killer, kills, PER_ROUND, say);
    say(`killed: ${countKilled(swept.killed)}`);
    const seen = (await killer.seen()).length;

    await keepOne(lab);
    const problems = [...swept.problems, ...(await killEngines(engine, lab, killer, say))];
    problems.push(...(await remainsOf(lab, killer, empty)));
    await keepOne(lab);
    problems.push(...(await turnIsolationOn(engine, lab, say)));

    for (const line of problems) console.log(line);
    console.log(
      `${swept.killed.length} processes killed during ${swept.done + swept.refused} requests, of which ${swept.refused} were refused; ` +
        `${seen} processes of containers said how they are mapped; ` +
        `${problems.length === 0 ? 'nothing was left over and nothing ran without isolation' : `${problems.length} things are wrong`}.`,
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await engine.end();
  }
};
