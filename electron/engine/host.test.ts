import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hostBootId, isAlive, kill, startTimeOf } from './host.ts';
import { idleProcess } from './testing/processes.ts';

describe('a process', () => {
  it('is told from a later one of the same id', async () => {
    // Parentheses and spaces in the command's name must not confuse the reader of /proc/PID/stat.
    const { child, identity } = idleProcess('process.title = "a) S 1 (b"');
    const another = { ...identity, startTime: `${identity.startTime}1` };
    expect(startTimeOf(identity.pid)).toBe(identity.startTime);
    expect(isAlive(identity)).toBe(true);
    expect(isAlive(another)).toBe(false);
    const exit = once(child, 'exit');
    kill(another);
    expect(isAlive(identity)).toBe(true);
    kill(identity);
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(startTimeOf(identity.pid)).toBeNull();
    kill(identity);
  });
});

it('knows one boot of the host', async () => {
  expect(await hostBootId()).toMatch(/^\S{8,}$/);
  expect(await hostBootId()).toBe(await hostBootId());
});
