import { spawn } from 'node:child_process';

/** A set-up that cannot go on. Its message says what happened and what to do; no stack is shown. */
export class Stop extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
  }
}

const TAIL_LINES = 100;

/**
 * Runs a command to its end and returns what it wrote to stdout.
 * Throws a Stop with the end of its output when it fails, cannot be started or passes its deadline.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{
 *   cwd?: string,
 *   env?: NodeJS.ProcessEnv,
 *   deadlineMs?: number,
 *   onLine?: (line: string) => void,
 * }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd, env, deadlineMs, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    /** @type {string[]} */
    const tail = [];
    /** @param {Buffer} chunk */
    const note = (chunk) => {
      for (const line of chunk.toString().split(/[\r\n]+/)) {
        if (line.trim() === '') continue;
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        onLine?.(line.trim());
      }
    };
    let late = false;
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, deadlineMs);
    child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      stdout += chunk.toString();
      note(chunk);
    });
    child.stderr.on('data', note);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Stop(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) {
        resolve(stdout);
        return;
      }
      const how = late
        ? `did not end within ${(deadlineMs ?? 0) / 1000} s`
        : signal === null
          ? `failed with exit code ${code}`
          : `was ended by ${signal}`;
      reject(new Stop([`\`${command} ${args.join(' ')}\` ${how}.`, ...tail].join('\n  ')));
    });
  });
}
