import { rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { buildApp } from './build.ts';
import { Stop } from './command.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';
import { median, quantile } from './statistics.ts';

/** From the start of the process until the page shows the engine's state, with a fresh profile and no VM. */
async function windowMeasure(): Promise<() => Promise<number>> {
  await setUp({ image: false });
  await buildApp();
  const [{ default: globalSetup }, { launchApp }, { FAKE_APP }] = await Promise.all([
    import('../e2e/global-setup.ts'),
    import('../e2e/launch.ts'),
    import('../e2e/fake-engine/build.ts'),
  ]);
  process.on('exit', await globalSetup());
  return async () => {
    const started = performance.now();
    const { app, page, home } = await launchApp({ appDir: FAKE_APP });
    await page.getByRole('heading').first().waitFor();
    const elapsed = performance.now() - started;
    await app.close();
    rmSync(home, { recursive: true, force: true });
    return elapsed;
  };
}

/** Loaded only when it is asked for, because it needs Docker's command. */
async function benchContainerStart(pairs: number): Promise<void> {
  const benchmark = await import('./bench-container-start.ts');
  await benchmark.benchContainerStart(pairs);
}

async function benchWindow(runs: number): Promise<void> {
  const measure = await windowMeasure();
  await measure();
  const values: number[] = [];
  for (let run = 0; run < runs; run += 1) values.push(await measure());
  const [least, most] = [0, 1].map((share) => quantile(values, share).toFixed(0));
  console.log(
    `window: median ${median(values).toFixed(0)} ms, from ${least} to ${most}, ${runs} runs after one to warm up.`,
  );
}

interface Bench {
  readonly defaultRuns: number;
  readonly run: (runs: number) => Promise<void>;
}

const BENCHMARKS: ReadonlyMap<string, Bench> = new Map([
  ['window', { defaultRuns: 10, run: benchWindow }],
  ['container-start', { defaultRuns: 30, run: benchContainerStart }],
]);

await main(async () => {
  const [name = '', runs] = process.argv.slice(2);
  const benchmark = BENCHMARKS.get(name);
  const count = Number(runs ?? benchmark?.defaultRuns);
  if (benchmark === undefined || !Number.isInteger(count) || count < 1) {
    throw new Stop(`Usage: npm run bench -- ${[...BENCHMARKS.keys()].join('|')} [RUNS]`, 2);
  }
  await benchmark.run(count);
  return 0;
});
