import { type ChildProcess, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { until } from '../cli/processes.ts';
import { ownEngine } from '../e2e/conformance/own-engine.ts';
import { DOCKER, IMAGE, parseUidMap } from '../e2e/vm/engine.ts';
import { run, Stop } from './command.mjs';
import { setUp } from './setup.ts';
import { median, quantile } from './statistics.ts';

/** What one start was, in milliseconds: the whole command, and the engine's part of it by its own events. */
interface Start {
  readonly whole: number;
  /** From the container's being made until its process runs: layers, network, shim, front and runtime. */
  readonly start: number;
  /** Until the process has ended and the engine knows. */
  readonly run: number;
  /** Until it is removed. */
  readonly remove: number;
  /** All else: the command's own start and end, the connection, making the container. */
  readonly rest: number;
}

const PHASES = ['whole', 'start', 'run', 'remove', 'rest'] as const satisfies readonly (keyof Start)[];
const ISOLATED = ['--runtime=sysbox-runc'] as const;
const PLAIN: readonly string[] = [];
const WARM_UP = 3;

interface EngineEvent {
  readonly action: string;
  readonly ms: number;
}

/** Container events of the engine, as they come. */
function collectEvents(child: ChildProcess): readonly EngineEvent[] {
  const events: EngineEvent[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [action = '', nanoseconds = ''] = line.split(' ');
      events.push({ action, ms: Number(nanoseconds) / 1e6 });
    }
  });
  return events;
}

/** The VM's clock is not the host's, so the phases are differences between the engine's own times. */
function phasesOf(whole: number, events: readonly EngineEvent[]): Start {
  const at = (action: string): number => {
    const event = events.find((candidate) => candidate.action === action);
    if (event === undefined) throw new Error(`the engine told of no "${action}"`);
    return event.ms;
  };
  const rest = whole - (at('destroy') - at('create'));
  return {
    whole,
    start: at('start') - at('create'),
    run: at('die') - at('start'),
    remove: at('destroy') - at('die'),
    rest,
  };
}

const line = (phase: keyof Start, isolated: readonly Start[], plain: readonly Start[]): string => {
  const [own = [], other = []] = [isolated, plain].map((starts) => starts.map((start) => start[phase]));
  const show = (values: readonly number[]): string =>
    `${median(values).toFixed(0).padStart(6)} (${quantile(values, 0.25).toFixed(0)}–${quantile(values, 0.75).toFixed(0)})`;
  return `  ${phase.padEnd(8)} isolated ${show(own).padEnd(20)} plain ${show(other).padEnd(20)} ratio ${(median(own) / median(other)).toFixed(3)}`;
};

/**
 * Measures `docker run --rm IMAGE true` isolated against plain runc, in pairs of turning order in one VM. The VM runs with
 * isolation off, where a container of the isolated runtime's name is isolated all the same; both maps are read first.
 */
export async function benchContainerStart(pairs: number): Promise<void> {
  await setUp();
  const { boot, socket, end } = ownEngine();
  try {
    await boot(false);
    const docker = (...args: readonly string[]): Promise<string> =>
      run(DOCKER, ['--host', `unix://${socket}`, ...args]);
    const outsideOf = async (flags: readonly string[]): Promise<number> =>
      parseUidMap(await docker('run', '--rm', ...flags, IMAGE, 'cat', '/proc/self/uid_map')).outside;
    if ((await outsideOf(ISOLATED)) === 0 || (await outsideOf(PLAIN)) !== 0) {
      throw new Stop('The two kinds of container are not what they should be, so there is nothing to compare.');
    }

    const listener = spawn(
      DOCKER,
      ['--host', `unix://${socket}`, 'events', '--filter=type=container', '--format={{.Action}} {{.TimeNano}}'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const events = collectEvents(listener);
    const measure = async (flags: readonly string[]): Promise<Start> => {
      const before = events.length;
      const from = performance.now();
      await docker('run', '--rm', ...flags, IMAGE, 'true');
      const whole = performance.now() - from;
      await eventually(() => events.slice(before).some(({ action }) => action === 'destroy'));
      return phasesOf(whole, events.slice(before));
    };

    const isolated: Start[] = [];
    const plain: Start[] = [];
    for (let pair = -WARM_UP; pair < pairs; pair += 1) {
      const turn = pair % 2 === 0 ? [ISOLATED, PLAIN] : [PLAIN, ISOLATED];
      for (const flags of turn) {
        const start = await measure(flags);
        if (pair >= 0) (flags === ISOLATED ? isolated : plain).push(start);
      }
      const [own, other] = [isolated.at(-1), plain.at(-1)];
      if (own !== undefined && other !== undefined) {
        console.log(`pair ${pair + 1}: isolated ${own.whole.toFixed(0)} ms, plain ${other.whole.toFixed(0)} ms`);
      }
    }
    listener.kill();
    const ratios = isolated.map(({ whole }, at) => whole / (plain[at]?.whole ?? Number.NaN));
    console.log(
      `\ndocker run --rm ${IMAGE} true, ${pairs} pairs after ${WARM_UP} to warm up; median (quartiles) in ms:`,
    );
    for (const phase of PHASES) console.log(line(phase, isolated, plain));
    console.log(
      `Median of the pairs' ratios ${median(ratios).toFixed(3)}, quartiles ${quantile(ratios, 0.25).toFixed(3)}–${quantile(ratios, 0.75).toFixed(3)}.`,
    );
  } finally {
    await end();
  }
}

/** Looks until `condition` holds; the event of something that has happened is on its way. */
async function eventually(condition: () => boolean): Promise<void> {
  if (!(await until(condition, 10_000))) throw new Error('the engine told of no end');
}
