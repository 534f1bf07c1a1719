import { spawn } from 'node:child_process';
import { buildApp } from './build.ts';
import { Stop } from './command.mjs';
import { inRoot, ROOT } from './paths.ts';
import { main, setUp } from './setup.ts';

export type Suite = 'ui' | 'vm';

/**
 * Runs one of Playwright's two suites: `ui` drives the window with an engine that only pretends, `vm` boots real VMs.
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
    const [suite, ...args] = process.argv.slice(2);
    if (suite !== 'ui' && suite !== 'vm') throw new Stop('Usage: npm run e2e -- ui|vm [Playwright arguments]', 2);
    await setUp({ image: suite === 'vm' });
    return playwright(suite, args);
  });
}
