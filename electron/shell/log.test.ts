import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from './log.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'bh-log-'));
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

const lines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('openLog', () => {
  it('writes one object a line into a file that only the owner reads', () => {
    const file = path.join(base, 'state/app.log');
    openLog(file, 1000, () => new Date(0)).info('launched', { packaged: false, pid: 7 });
    expect(lines(file)).toEqual([
      { at: '1970-01-01T00:00:00.000Z', level: 'info', event: 'launched', packaged: false, pid: 7 },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('masks what looks like a secret, cuts what is long and keeps a line a line', () => {
    const file = path.join(base, 'app.log');
    openLog(file, 1_000_000, () => new Date(0)).warn('odd', { authToken: 'abc', text: `a\n${'b'.repeat(3000)}` });
    const [line] = lines(file);
    expect(line).toMatchObject({ authToken: '***', text: `a\n${'b'.repeat(1998)}…` });
  });

  it('moves to a second file before it grows past its limit', () => {
    const file = path.join(base, 'app.log');
    const log = openLog(file, 300);
    for (let i = 0; i < 20; i += 1) log.info('event', { i });
    expect(statSync(file).size).toBeLessThanOrEqual(300);
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(300);
    expect(lines(file).at(-1)).toMatchObject({ i: 19 });
  });

  it('does not fail where nothing can be written', () => {
    writeFileSync(path.join(base, 'file'), '');
    expect(() => openLog(path.join(base, 'file/app.log')).error('event')).not.toThrow();
  });
});
