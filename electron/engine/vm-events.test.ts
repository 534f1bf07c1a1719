import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { VmEvent } from '../../shared/contract/vm.ts';
import { temporaryDirectory } from './testing/temporary.ts';
import { listenVmEvents, parseVmEvent } from './vm-events.ts';

const never = new AbortController().signal;

const guest = async () => {
  const path = `${await temporaryDirectory()}/events`;
  const heard: VmEvent[] = [];
  let say: (line: string) => void = () => undefined;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    say = (line) => socket.write(`${line}\n`);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  const events = await listenVmEvents(path, (event) => heard.push(event));
  await accepted;
  onTestFinished(() => {
    events.close();
    server.close();
  });
  return { events, heard, say: (line: string) => say(line) };
};

describe("the guest's events", () => {
  it('are waited for, and remembered', async () => {
    const { events, heard, say } = await guest();
    const waiting = events.reached('dataMounted', never);
    say('{"event":"userland"}');
    say('{"event":"dataMounted"}');
    await waiting;
    await events.reached('userland', never);
    expect(heard.map(({ event }) => event)).toEqual(['userland', 'dataMounted']);
  });

  it('end a wait when the guest fails, but not the wait for its end', async () => {
    const { events, say } = await guest();
    const ready = events.reached('agentReady', never);
    const stopped = events.reached('engineStopped', never);
    say('{"event":"failed","step":"data","message":"the data\\u001b[2J disk cannot be mounted"}');
    await expect(ready).rejects.toThrow('The VM could not start: the data [2J disk cannot be mounted (step data).');
    expect(events.failure()).toBe('the data [2J disk cannot be mounted (step data)');
    say('{"event":"engineStopped"}');
    await stopped;
  });

  it('that are none are ignored', () => {
    for (const line of ['', 'x', 'null', '{"event":"root"}', '{"event":"failed"}', '[]', '{"event":{"a":1}}']) {
      expect(parseVmEvent(line)).toBeNull();
    }
  });

  it('can be waited for no longer than the caller wants', async () => {
    const { events } = await guest();
    await expect(events.reached('agentReady', AbortSignal.timeout(20))).rejects.toThrow(/timeout/);
  });
});
