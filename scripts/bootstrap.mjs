// Runs on any Node from 20.19 with nothing installed: brings the npm packages, among them Node 24, and hands over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Stop, run } from './command.mjs';
import { step } from './progress.mjs';
import { digest, isStamped, stamp, unstamp } from './stamp.mjs';

const ROOT = path.dirname(import.meta.dirname);
const TASKS = ['start', 'test', 'setup', 'e2e', 'conformance', 'soak', 'kills'];
/** The first Node that runs TypeScript without a flag, and that Electron Forge 8 accepts. */
const OWN_NODE_FROM = [22, 18];

/** @param {readonly number[]} wanted */
function isNodeFrom([major = 0, minor = 0]) {
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

async function npmPackages() {
  const stampFile = path.join(ROOT, 'node_modules', '.bulkhead-lock');
  const inputs = digest(ROOT, ['package-lock.json']);
  if (isStamped(stampFile, inputs)) return;
  unstamp(stampFile);
  // No package needs its install script, and none gets to run one.
  await step('npm packages', () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: ROOT }));
  stamp(stampFile, inputs);
}

function nodeForScripts() {
  const packaged = path.join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (isNodeFrom(OWN_NODE_FROM)) return process.execPath;
  throw new Stop(
    `The tools need Node ${OWN_NODE_FROM.join('.')} or newer, and this is ${process.versions.node}. ` +
      `On Linux x64 npm brings it; on this system install Node 24 and try again.`,
  );
}

/**
 * @param {string} node
 * @param {string} task
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code of the task
 */
function handOver(node, task, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [path.join(ROOT, 'scripts', `${task}.ts`), ...args], {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${process.env['PATH']}`,
      },
    });
    // The task ends in its own time and cleanly; this process only passes its signals on and waits.
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => child.kill(signal));
    }
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

try {
  const [task = '', ...args] = process.argv.slice(2);
  if (!TASKS.includes(task)) throw new Stop(`Unknown task "${task}". Expected one of: ${TASKS.join(', ')}.`, 2);
  if (!isNodeFrom([20, 19])) throw new Stop(`Bulkhead needs Node 20.19 or newer; this is ${process.versions.node}.`);
  await npmPackages();
  process.exitCode = await handOver(nodeForScripts(), task, args);
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = error instanceof Stop ? error.exitCode : 1;
}
