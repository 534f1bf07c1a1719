import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchPaths } from './watch-paths.ts';

let root: string;
let close: () => void;
let told: number;

const at = (name: string): string => path.join(root, name);

function start(...files: readonly string[]): void {
  told = 0;
  const watching = watchPaths(
    files.map((file) => at(file)),
    {
      onChange: () => {
        told += 1;
      },
      onFault: (cause) => {
        throw cause;
      },
    },
  );
  close = watching.close;
}

/** Does something and waits until it was noticed; rejects where it is not. */
async function noticed(work: () => void): Promise<true> {
  const before = told;
  work();
  await expect.poll(() => told).toBeGreaterThan(before);
  return true;
}

beforeEach(() => {
  root = mkdtempSync(path.join(realpathSync(tmpdir()), 'watch-'));
  close = () => undefined;
});
afterEach(() => {
  close();
  rmSync(root, { recursive: true, force: true });
});

describe('watchPaths', () => {
  it('notices a file that is made, written into, replaced and removed', async () => {
    start('file');
    expect(await noticed(() => writeFileSync(at('file'), 'a'))).toBe(true);
    expect(await noticed(() => appendFileSync(at('file'), 'b'))).toBe(true);
    writeFileSync(at('other'), 'c');
    expect(await noticed(() => renameSync(at('other'), at('file')))).toBe(true);
    expect(await noticed(() => rmSync(at('file')))).toBe(true);
  });

  it('notices a file in folders that are not there yet, and again after they were replaced', async () => {
    start('a/b/file');
    expect(await noticed(() => mkdirSync(at('a')))).toBe(true);
    expect(await noticed(() => mkdirSync(at('a/b')))).toBe(true);
    expect(await noticed(() => writeFileSync(at('a/b/file'), ''))).toBe(true);
    expect(await noticed(() => renameSync(at('a'), at('old')))).toBe(true);
    expect(await noticed(() => mkdirSync(at('a/b'), { recursive: true }))).toBe(true);
    expect(await noticed(() => writeFileSync(at('a/b/file'), ''))).toBe(true);
  });

  it('follows links, of the file and of folders on the way, also when they are led elsewhere', async () => {
    mkdirSync(at('one'));
    mkdirSync(at('two'));
    symlinkSync('one', at('folder'));
    symlinkSync('../target', at('one/file'));
    start('folder/file');
    expect(await noticed(() => writeFileSync(at('target'), ''))).toBe(true);
    expect(await noticed(() => appendFileSync(at('target'), 'a'))).toBe(true);
    symlinkSync('two', at('next'));
    expect(await noticed(() => renameSync(at('next'), at('folder')))).toBe(true);
    expect(await noticed(() => writeFileSync(at('two/file'), ''))).toBe(true);
  });

  it('ignores the neighbours', async () => {
    start('file');
    let everything = 0;
    const other = watch(root, () => {
      everything += 1;
    });
    writeFileSync(at('neighbour'), 'a');
    mkdirSync(at('folder'));
    await expect.poll(() => everything).toBeGreaterThanOrEqual(2);
    other.close();
    expect(told).toBe(0);
    expect(await noticed(() => writeFileSync(at('file'), ''))).toBe(true);
  });

  it('outlives a link to itself', async () => {
    symlinkSync('loop', at('loop'));
    start('loop/file');
    expect(await noticed(() => rmSync(at('loop')))).toBe(true);
  });

  it('says nothing once it is closed', async () => {
    start('file');
    close();
    let other = 0;
    const second = watchPaths([at('file')], {
      onChange: () => {
        other += 1;
      },
      onFault: () => undefined,
    });
    writeFileSync(at('file'), '');
    await expect.poll(() => other).toBeGreaterThan(0);
    second.close();
    expect(told).toBe(0);
  });
});
