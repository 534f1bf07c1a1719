import { parseArgs } from 'node:util';
import { ownEngine } from '../e2e/conformance/own-engine.ts';
import { hostSocket } from '../e2e/conformance/engine.ts';
import { PROBE_REFERENCE } from '../guest/image/probe-image.ts';
import { type AskEngine, cleanUp, type ContainerConfig, createLab, type Lab } from '../shared/conformance/lab.ts';
import { ISOLATED_RUNTIME } from '../shared/contract/engine.ts';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';
import { createLives, writesLife } from './soak-lives.ts';

/** As many ranges as the agent has, and one more, so that the first is given out again. */
const STARTS = 4097;
const PARALLEL = 50;
/** How many of the starts in turn are under way at once: the engine waits for processes most of the time. */
const IN_FLIGHT = 3;
/** How many starts pass between two looks at what the containers have written. */
const LOOK_EVERY = 50;

const VOLUME = 'bulkhead-check-soak';
const FILE = '/lives/lives';
const READER = 'soak-reader';

const config = (name: string, between: string, more: object = {}): ContainerConfig => ({
  Cmd: ['sh', '-c', writesLife(name, FILE, between)],
  HostConfig: {
    Runtime: ISOLATED_RUNTIME,
    NetworkMode: 'none',
    LogConfig: { Type: 'none' },
    Binds: [`${VOLUME}:/lives`],
    ...more,
  },
});

const demand = async (answer: Promise<string>): Promise<string> => {
  const said = await answer;
  if (!said.startsWith('ran: ')) throw new Stop(`The engine does not do what the soak needs: ${said}`);
  return said.slice('ran: '.length);
};

/** Starts one container that writes its life down and is gone when this resolves. */
const liveAndGo = async (lab: Lab, name: string): Promise<void> => {
  const id = await lab.create(name, config(name, ':', { AutoRemove: true }));
  const gone = lab.request({ method: 'POST', path: `/containers/${id}/wait?condition=removed` });
  const started = demand(lab.request({ method: 'POST', path: `/containers/${id}/start` }));
  // Both are looked at, or the failure of one would leave that of the other without anybody.
  const [ended] = await Promise.all([demand(gone), started]);
  if (!ended.includes('"StatusCode":0')) throw new Stop(`The container ${name} failed: ${ended}`);
};

/** Returns how many of the starts in turn there were: all of them, or fewer when it was broken off. */
const soak = async (ask: AskEngine, starts: number, parallel: number, stop: AbortController): Promise<number> => {
  const lab = createLab(ask, PROBE_REFERENCE);
  const lives = createLives();
  let read = 0;
  const look = async (): Promise<void> => {
    const lines = (await demand(lab.exec(READER, `tail -n +${read + 1} ${FILE}`)))
      .split('\n')
      .filter((line) => line !== '');
    lives.read(lines);
    read += lines.length;
  };

  await lab.create(READER, config(READER, 'sleep 1000000'));
  await lab.start(READER);
  const names = Array.from({ length: parallel }, (_, at) => `soak-${at}`);
  for (const name of names) await lab.create(name, config(name, 'sleep 1000000'));
  await Promise.all(names.map((name) => lab.start(name)));
  await untilLiving(lives, look, parallel + 1);
  console.log(`${parallel} containers started at once have ids of their own.`);

  const began = Date.now();
  let next = 0;
  let done = 0;
  let looking = Promise.resolve();
  const work = async (): Promise<void> => {
    while (next < starts && !stop.signal.aborted) {
      next += 1;
      await liveAndGo(lab, `soak-in-turn-${next}`);
      done += 1;
      if (done % LOOK_EVERY !== 0) continue;
      looking = looking.then(look);
      await looking;
      const { ranges, again } = lives.counts();
      const each = ((Date.now() - began) / 1000 / done).toFixed(2);
      console.log(`${done} of ${starts} started, ${each} s each; ${ranges} ranges seen, ${again} given out again`);
    }
  };
  try {
    const workers = Array.from({ length: IN_FLIGHT }, () =>
      work().catch((error: unknown) => {
        stop.abort();
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    await Promise.all(workers);
    await look();
    const { started } = lives.counts();
    if (started !== parallel + 1 + done) throw new Stop(`${parallel + 1 + done} were started and ${started} ran.`);
  } finally {
    const { ranges, again } = lives.counts();
    const minutes = ((Date.now() - began) / 60_000).toFixed(1);
    console.log(
      `${done} of ${starts} starts, ${IN_FLIGHT} at a time beside ${parallel + 1} that live, in ${minutes} minutes. ` +
        `${ranges} ranges were seen, and ${again} starts had one that was given out before.`,
    );
  }
  console.log('Every one was isolated and had no id in common with another that lived.');
  return done;
};

/** Those that were started at once write when they run, which may be after the engine has said that they do. */
async function untilLiving(
  lives: ReturnType<typeof createLives>,
  look: () => Promise<void>,
  count: number,
): Promise<void> {
  const deadline = Date.now() + 120_000;
  do await look();
  while (lives.counts().living < count && Date.now() < deadline);
  if (lives.counts().living !== count) throw new Stop(`Of ${count} containers ${lives.counts().living} run.`);
}

const onEngine = async (ask: AskEngine, starts: number, parallel: number): Promise<number> => {
  const stop = new AbortController();
  const breakOff = (): void => stop.abort();
  process.once('SIGINT', breakOff);
  process.once('SIGTERM', breakOff);
  const tidy = async (): Promise<void> => {
    await cleanUp(ask);
    await ask({ method: 'DELETE', path: `/volumes/${VOLUME}` });
  };
  await tidy();
  try {
    return (await soak(ask, starts, parallel, stop)) === starts ? 0 : 130;
  } finally {
    await tidy();
  }
};

await main(async () => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { socket: { type: 'string' } } });
  const [starts = STARTS, parallel = PARALLEL] = positionals.map(Number);
  if (![starts, parallel].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new Stop('Usage: npm run soak -- [STARTS] [PARALLEL] [--socket DOCKER_SOCKET]', 2);
  }
  if (values.socket !== undefined) return onEngine(hostSocket(values.socket), starts, parallel);
  await setUp();
  const engine = ownEngine();
  try {
    await engine.boot(true);
    return await onEngine(hostSocket(engine.socket), starts, parallel);
  } finally {
    await engine.end();
  }
});
