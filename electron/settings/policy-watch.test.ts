import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPolicy } from './policy-file.ts';
import { developmentPolicySearch, type PolicySearch } from './policy-search.ts';
import { type PolicyWatch, watchPolicy } from './policy-watch.ts';

const DARK = '{"theme": {"locked": true, "value": "dark"}}';
const LIGHT = '{"theme": {"locked": true, "value": "light"}}';

let root: string;
let file: string;
let search: PolicySearch;
let watched: PolicyWatch | null;

beforeEach(() => {
  root = mkdtempSync(path.join(realpathSync(tmpdir()), 'policy-watch-'));
  const own = developmentPolicySearch(path.join(root, 'own'));
  const other = developmentPolicySearch(path.join(root, 'other'));
  search = { ...own, paths: [...own.paths, ...other.paths] };
  file = own.paths[0] ?? '';
  watched = null;
});
afterEach(() => {
  watched?.close();
  rmSync(root, { recursive: true, force: true });
});

const write = (target: string, content: string): void => {
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
};

function start(): PolicyWatch {
  watched = watchPolicy(search, loadPolicy(search), (cause) => {
    throw cause;
  });
  return watched;
}

describe('watchPolicy', () => {
  it('says nothing of a policy that is as it was read', () => {
    write(file, DARK);
    expect(start().change()).toBeNull();
  });

  it('notices a policy that appears where there was not even a folder, and one that goes again', async () => {
    const watch = start();
    write(file, DARK);
    await expect.poll(watch.change).toEqual({ path: file, kind: 'appeared' });
    rmSync(file);
    await expect.poll(watch.change).toBeNull();
  });

  it('notices new content, also what cannot be read as a policy, and its return', async () => {
    write(file, DARK);
    const watch = start();
    writeFileSync(file, LIGHT);
    await expect.poll(watch.change).toEqual({ path: file, kind: 'changed' });
    writeFileSync(file, DARK);
    await expect.poll(watch.change).toBeNull();
    writeFileSync(file, '{');
    await expect.poll(watch.change).toEqual({ path: file, kind: 'changed' });
    rmSync(file);
    await expect.poll(watch.change).toEqual({ path: file, kind: 'gone' });
  });

  it('notices that others may write the file now, because the next launch would refuse it', async () => {
    write(file, DARK);
    const watch = start();
    chmodSync(file, 0o666);
    await expect.poll(watch.change).toEqual({ path: file, kind: 'changed' });
  });

  it('notices that a link on the way leads elsewhere', async () => {
    write(path.join(root, 'one/admin-settings.json'), DARK);
    write(path.join(root, 'two/admin-settings.json'), LIGHT);
    symlinkSync('one', path.join(root, 'own'));
    const watch = start();
    symlinkSync('two', path.join(root, 'next'));
    renameSync(path.join(root, 'next'), path.join(root, 'own'));
    await expect.poll(watch.change).toEqual({ path: file, kind: 'changed' });
  });

  it('names the place that decides now', async () => {
    const second = path.join(root, 'other/admin-settings.json');
    write(second, DARK);
    const watch = start();
    write(file, DARK);
    await expect.poll(watch.change).toEqual({ path: file, kind: 'changed' });
    rmSync(path.dirname(file), { recursive: true });
    await expect.poll(watch.change).toBeNull();
  });

  it('tells its listeners once a change, and no more once they have left', async () => {
    const watch = start();
    let told = 0;
    const leave = watch.subscribe(() => {
      told += 1;
    });
    write(file, DARK);
    await expect.poll(watch.change).not.toBeNull();
    writeFileSync(file, LIGHT);
    expect(told).toBe(1);
    leave();
    rmSync(file);
    await expect.poll(watch.change).toBeNull();
    expect(told).toBe(1);
  });

  it('compares with what was loaded, also when the file changed before the watching began', () => {
    write(file, DARK);
    const loaded = loadPolicy(search);
    writeFileSync(file, LIGHT);
    watched = watchPolicy(search, loaded, () => undefined);
    expect(watched.change()).toEqual({ path: file, kind: 'changed' });
  });
});
