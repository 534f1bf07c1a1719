import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** docs/development.md says how to have more. */
const CRASHES = Number(process.env['BULKHEAD_CRASHES'] ?? 20);
const TIMEOUT_MS = 60_000 + CRASHES * 5_000;

let base: string;
let program: string;

beforeAll(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'killed-'));
  program = path.join(base, 'saving.cjs');
  buildSync({
    entryPoints: [path.join(import.meta.dirname, 'testing/saving-process.ts')],
    bundle: true,
    platform: 'node',
    external: ['electron'],
    outfile: program,
  });
  // Outside of Electron there is nothing in it that the settings' file uses.
  mkdirSync(path.join(base, 'node_modules/electron'), { recursive: true });
  writeFileSync(path.join(base, 'node_modules/electron/index.js'), 'module.exports = {};');
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

interface Content {
  readonly swapMiB: number;
  readonly proxyHttp: string;
  readonly proxyExclude: readonly string[];
}

/** The number of the save that the file holds; throws where it holds less or more than one whole save. */
function savedNumber(directory: string): number {
  const content = JSON.parse(readFileSync(path.join(directory, 'settings.json'), 'utf8')) as Content;
  const n = content.swapMiB;
  expect(content.proxyHttp).toBe(`http://proxy-${n}:80`);
  expect(content.proxyExclude).toEqual(Array.from({ length: n % 300 }, (_, index) => `host-${n}-${index}.example`));
  return n;
}

/** Lets a process save from number `from` on and kills it after a random number of saves, at a random moment. */
function killWhileSaving(
  directory: string,
  from: number,
): Promise<{ readonly acknowledged: number; readonly words: string }> {
  const child = spawn(process.execPath, [program, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const after = Math.floor(Math.random() * 10);
  let lines: readonly string[] = [];
  let rest = '';
  let isDoomed = false;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines = [...lines, ...parts];
    if (lines.length <= after || isDoomed) return;
    isDoomed = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 3);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const numbers = lines.map(Number);
      resolve({
        acknowledged: numbers.findLast((n) => !Number.isNaN(n)) ?? from - 1,
        words: lines.filter((line) => Number.isNaN(Number(line))).join('\n'),
      });
    });
  });
}

describe('a process that is killed while it saves', () => {
  it(`loses nothing and leaves nothing half-written, ${CRASHES} times`, { timeout: TIMEOUT_MS }, async () => {
    const directory = path.join(base, 'home');
    let next = 1;
    let between = 0;
    for (let crash = 0; crash < CRASHES; crash += 1) {
      const { acknowledged, words } = await killWhileSaving(directory, next);
      expect(words).toBe('');
      const n = savedNumber(directory);
      expect(n).toBeGreaterThanOrEqual(acknowledged);
      expect(n).toBeLessThanOrEqual(acknowledged + 1);
      between += readdirSync(directory).length > 1 || n > acknowledged ? 1 : 0;
      next = n + 1;
    }
    console.log(`${CRASHES} processes were killed in ${next - 1} saves, ${between} of them in the middle of one.`);
    expect(between).toBeGreaterThan(0);
  });
});

const canMount = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

describe('a disk that is full', () => {
  it.skipIf(!canMount)('refuses a save, and the last one that succeeded stays', () => {
    const disk = path.join(base, 'disk');
    mkdirSync(disk);
    const script = [
      'mount -t tmpfs -o size=20k none "$1" && cd "$1" || exit 9',
      // Five pages: when the settings take three, a second file of that size fits only in part.
      '"$2" "$3" "$1/home" 250 400; code=$?',
      'cat home/settings.json >&2; ls home >&2; exit $code',
    ].join('\n');
    const ran = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', disk, process.execPath, program], {
      encoding: 'utf8',
    });
    const lines = ran.stdout.trim().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as {
      readonly n: number;
      readonly code: string;
      readonly message: string;
    };
    expect(last).toMatchObject({ code: 'SETTINGS_FILE' });
    expect(last.message).toMatch(/disk is full \(ENOSPC\)|only a part of it could be written/u);
    expect(last.n).toBeGreaterThan(250);
    const held = JSON.parse(ran.stderr.slice(0, ran.stderr.lastIndexOf('}') + 1)) as Content;
    expect(held.swapMiB).toBe(last.n - 1);
    expect(held.proxyExclude).toHaveLength((last.n - 1) % 300);
    expect(ran.stderr.slice(ran.stderr.lastIndexOf('}') + 1).trim()).toBe('settings.json');
  });
});
