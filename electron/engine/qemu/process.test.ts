import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deferred } from '../deferred.ts';
import { isAlive, kill } from '../host.ts';
import { idleProcess } from '../testing/processes.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { spawnQemu, watchQemu } from './process.ts';

const program = async (script: string) => {
  const directory = await temporaryDirectory();
  writeFileSync(`${directory}/qemu`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const log = openSync(`${directory}/log`, 'a', 0o600);
  onTestFinished(() => closeSync(log));
  return { path: `${directory}/qemu`, log, output: () => readFileSync(`${directory}/log`, 'utf8') };
};

describe('a QEMU that was started', () => {
  it('gets its arguments as they are, a clean environment, and its output in the log', async () => {
    const { path, log, output } = await program('echo "$1" >&2; /usr/bin/env; exit 3');
    const { exited } = await spawnQemu(path, ['$(id) a;b'], log);
    expect(await exited).toBe('exit code 3');
    const lines = output().split('\n');
    expect(lines[0]).toBe('$(id) a;b');
    expect(lines.join('\n')).not.toContain('HOME=');
  });

  it('is known by its identity, and its death is noticed', async () => {
    const { path, log } = await program('exec sleep 1000');
    const { identity, exited } = await spawnQemu(path, [], log);
    expect(isAlive(identity)).toBe(true);
    kill(identity);
    expect(await exited).toBe('signal SIGKILL');
    expect(isAlive(identity)).toBe(false);
  });

  it('that is not there is explained', async () => {
    const { log } = await program('');
    await expect(spawnQemu('/nowhere/qemu', [], log)).rejects.toMatchObject({
      failure: { code: 'ENGINE_FAILED', message: 'QEMU is not installed: /nowhere/qemu does not exist.' },
    });
  });
});

describe('a QEMU that was taken over', () => {
  it('is gone when its monitor closed and its process ended', async () => {
    const { identity } = idleProcess();
    const closed = deferred<void>();
    const { exited } = watchQemu(identity, closed.promise);
    kill(identity);
    closed.resolve();
    expect(await exited).toBe('its process is gone');
  });
});
