import { spawn } from 'node:child_process';
import { buildApp } from './build.ts';
import { Stop } from './command.mjs';
import { inRoot, ROOT } from './paths.ts';
import { main } from './entry.ts';
import { setUp } from './setup.ts';

const SUITES = ['ui', 'packaged', 'vm'] as const;
type Suite = (typeof SUITES)[number];

/**
 * Runs one of Playwright's suites: `ui` drives the window with an engine that only pretends, `packaged` packages the app
 * and looks at the result, `vm` boots real VMs.
 *
 * @param report where to write Playwright's JSON report, if anywhere
 */
export async function playwright(suite: Suite, args: readonly string[], report?: string): Promise<number> {
  await buildApp();
  const reporters = report === undefined ? [] : ['--reporter=list,json'];
  const cli = inRoot('node_modules/@playwright/test/cli.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, 'test', `--project=${suite}`, ...reporters, ...args], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ...(report === undefined ? {} : { PLAYWRIGHT_JSON_OUTPUT_FILE: report }) },
    });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

if (import.meta.main) {
  await main(async () => {
    const [name, ...args] = process.argv.slice(2);
    const suite = SUITES.find((known) => known === name);
    if (suite === undefined) throw new Stop(`Usage: e2e.ts ${SUITES.join('|')} [Playwright arguments]`, 2);
    await setUp({ image: suite === 'vm' });
    return playwright(suite, args);
  });
}
