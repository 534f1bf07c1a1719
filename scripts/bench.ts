import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { buildApp } from './build.ts';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

const RUNS = 10;

interface Benchmark {
  readonly unit: string;
  /** One measurement, from nothing to nothing. */
  readonly measure: () => Promise<number>;
}

/** From the start of the process until the page shows the engine's state, with a fresh profile and no VM. */
async function windowBenchmark(): Promise<Benchmark> {
  await setUp({ image: false });
  await buildApp();
  const [{ default: globalSetup }, { launchApp }, { FAKE_APP }] = await Promise.all([
    import('../e2e/global-setup.ts'),
    import('../e2e/launch.ts'),
    import('../e2e/fake-engine/build.ts'),
  ]);
  process.on('exit', await globalSetup());
  const measure = async (): Promise<number> => {
    const started = performance.now();
    const { app, page, home } = await launchApp({ appDir: FAKE_APP });
    await page.getByRole('heading').first().waitFor();
    const elapsed = performance.now() - started;
    await app.close();
    rmSync(home, { recursive: true, force: true });
    return elapsed;
  };
  return { unit: 'ms', measure };
}

const BENCHMARKS: ReadonlyMap<string, () => Promise<Benchmark>> = new Map([['window', windowBenchmark]]);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

await main(async () => {
  const [name = '', runs = String(RUNS)] = process.argv.slice(2);
  const prepare = BENCHMARKS.get(name);
  const count = Number(runs);
  if (prepare === undefined || !Number.isInteger(count) || count < 1) {
    throw new Stop(`Usage: npm run bench -- ${[...BENCHMARKS.keys()].join('|')} [RUNS]`, 2);
  }
  const { unit, measure } = await prepare();
  await measure();
  const values: number[] = [];
  for (let run = 0; run < count; run += 1) values.push(await measure());
  const sorted = values.toSorted((a, b) => a - b);
  const [least, median, most] = [0, 0.5, 1].map((share) => quantile(sorted, share).toFixed(0));
  console.log(`${name}: median ${median} ${unit}, from ${least} to ${most}, ${count} runs after one to warm up.`);
  return 0;
});
