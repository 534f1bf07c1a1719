import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { playwright } from './e2e.ts';
import { inCache, ROOT } from './paths.ts';
import { seconds } from './progress.mjs';
import { main } from './entry.ts';
import { setUp } from './setup.ts';
import { type Counts, playwrightCounts, vitestCounts, ZERO } from './test-counts.ts';

interface Stage {
  readonly name: string;
  readonly work: () => Promise<number>;
  /** Reads the numbers of a stage that runs tests. */
  readonly counts?: () => Counts;
}

interface Outcome extends Counts {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
}

const REPORTS = inCache('reports');
const UNIT = inCache('reports', 'unit.json');
const UI = inCache('reports', 'ui.json');
const PACKAGED = inCache('reports', 'packaged.json');
const VM = inCache('reports', 'vm.json');

/** The fast ones first; the first failure ends the run. */
const STAGES: readonly Stage[] = [
  { name: 'lint', work: () => npm('lint') },
  { name: 'typecheck', work: () => npm('typecheck') },
  { name: 'dead code', work: () => npm('deadcode') },
  {
    name: 'unit',
    work: () => npm('unit', '--reporter=default', '--reporter=json', `--outputFile=${UNIT}`),
    counts: () => vitestCounts(UNIT),
  },
  { name: 'UI', work: () => playwright('ui', [], UI), counts: () => playwrightCounts(UI) },
  { name: 'package', work: () => playwright('packaged', [], PACKAGED), counts: () => playwrightCounts(PACKAGED) },
  {
    name: 'VM',
    work: () => playwright('vm', [], VM),
    counts: () => playwrightCounts(VM),
  },
];

function npm(script: string, ...args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script, '--', ...args], { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function runStage({ name, work, counts }: Stage): Promise<Outcome> {
  console.log(`\n── ${name} ──`);
  const started = Date.now();
  const ok = (await work()) === 0;
  return { name, ok, ms: Date.now() - started, ...(counts?.() ?? ZERO) };
}

/** The closing lines; the last one is for machines. A stage that fails without a failed test counts as one failure. */
function summary(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ name, ok, ms, passed, failed, skipped }) => {
    const tests = passed + failed + skipped === 0 ? '' : `: ${passed} passed, ${failed} failed, ${skipped} skipped`;
    return `${ok ? '✓' : '✗'} ${name} (${seconds(ms)})${tests}`;
  });
  const left = STAGES.slice(outcomes.length).map(({ name }) => `- ${name}: not run`);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, { ok, failed: tests }) => sum + Math.max(tests, ok ? 0 : 1), 0);
  return ['', ...lines, ...left, `${passed} passed, ${failed} failed`].join('\n');
}

await main(async () => {
  await setUp();
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const outcomes: Outcome[] = [];
  for (const stage of STAGES) {
    const outcome = await runStage(stage);
    outcomes.push(outcome);
    if (!outcome.ok) break;
  }
  console.log(summary(outcomes));
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
});
