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

/** Does something and waits until it was noticed. */
async function noticed(work: () => void): Promise<void> {
  const before = told;
  work();
  await expect.poll(() => told).toBeGreaterThan(before);
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
    await noticed(() => writeFileSync(at('file'), 'a'));
    await noticed(() => appendFileSync(at('file'), 'b'));
    writeFileSync(at('other'), 'c');
    await noticed(() => renameSync(at('other'), at('file')));
    await noticed(() => rmSync(at('file')));
  });

  it('notices a file in folders that are not there yet, and again after they were replaced', async () => {
    start('a/b/file');
    await noticed(() => mkdirSync(at('a')));
    await noticed(() => mkdirSync(at('a/b')));
    await noticed(() => writeFileSync(at('a/b/file'), ''));
    await noticed(() => renameSync(at('a'), at('old')));
    await noticed(() => mkdirSync(at('a/b'), { recursive: true }));
    await noticed(() => writeFileSync(at('a/b/file'), ''));
  });

  it('follows links, of the file and of folders on the way, also when they are led elsewhere', async () => {
    mkdirSync(at('one'));
    mkdirSync(at('two'));
    symlinkSync('one', at('folder'));
    symlinkSync('../target', at('one/file'));
    start('folder/file');
    await noticed(() => writeFileSync(at('target'), ''));
    await noticed(() => appendFileSync(at('target'), 'a'));
    symlinkSync('two', at('next'));
    await noticed(() => renameSync(at('next'), at('folder')));
    await noticed(() => writeFileSync(at('two/file'), ''));
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
    await noticed(() => writeFileSync(at('file'), ''));
  });

  it('outlives a link to itself', async () => {
    symlinkSync('loop', at('loop'));
    start('loop/file');
    await noticed(() => rmSync(at('loop')));
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
