import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createConnect } from '../agent/connection.ts';
import { startAgent } from '../testing/agent.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { listenDockerSocket } from './socket.ts';

const listen = async () => {
  const path = `${await temporaryDirectory()}/docker.sock`;
  const socket = await listenDockerSocket(path);
  onTestFinished(socket.close);
  return { path, socket };
};

/** A Docker socket in front of an agent whose docker service is `serve`. */
const bridge = async (serve: (stream: TLSSocket) => void) => {
  const { path, socket } = await listen();
  const agent = await startAgent({ docker: serve });
  const connect = createConnect(agent);
  socket.open(() => connect('docker'));
  return { path, socket };
};

const client = async (path: string) => {
  const socket = net.connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
};

const get = async (path: string) => {
  const [response] = (await once(http.get({ socketPath: path, path: '/_ping' }), 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
};

describe('the Docker socket', () => {
  it('is for its owner only and replaces what a dead app left', async () => {
    const directory = await temporaryDirectory();
    await writeFile(`${directory}/docker.sock`, '');
    const socket = await listenDockerSocket(`${directory}/docker.sock`);
    onTestFinished(socket.close);
    const { mode } = await stat(`${directory}/docker.sock`);
    expect(mode & 0o777).toBe(0o600);
  });

  it('answers in words while there is no engine, and after it went', async () => {
    const { path, socket } = await listen();
    expect(await get(path)).toMatchObject({ status: 503, body: expect.stringContaining('not running') as string });
    socket.open(() => Promise.reject(new Error('connect ECONNREFUSED')));
    expect(await get(path)).toMatchObject({ status: 503, body: expect.stringContaining('ECONNREFUSED') as string });
    socket.shut('The engine is stopping.');
    expect(await get(path)).toEqual({ status: 503, body: '{"message":"The engine is stopping."}' });
  });

  it('passes an end of one side on and the answer back', async () => {
    const { path } = await bridge((stream) => void text(stream).then((all) => stream.end(all.toUpperCase())));
    const socket = await client(path);
    socket.end('hello');
    expect(await text(socket)).toBe('HELLO');
  });

  it('loses nothing of a long answer that the engine ends at once', async () => {
    const { path } = await bridge((stream) => stream.end(Buffer.alloc(8_000_000, 'x')));
    const socket = await client(path);
    expect((await text(socket)).length).toBe(8_000_000);
  });

  it('lets one stalled stream stall no other', async () => {
    const taken: number[] = [];
    const { path } = await bridge((stream) => {
      stream.once('data', (first: Buffer) => {
        if (first.toString() === 'quick') {
          stream.end('answer');
          return;
        }
        const chunk = Buffer.alloc(65_536);
        const write = () => {
          while (stream.write(chunk)) taken.push(chunk.length);
          stream.once('drain', write);
        };
        write();
      });
    });
    const stalled = await client(path);
    stalled.write('endless');
    await once(stalled, 'readable');
    for (let turn = 0; turn < 5; turn += 1) {
      const quick = await client(path);
      quick.write('quick');
      expect(await text(quick)).toBe('answer');
    }
    // Nobody reads the stalled stream, so its sender is held back instead of the app's memory being filled.
    expect(taken.length * 65_536).toBeLessThan(64_000_000);
  });

  it('breaks the one side when the other breaks', async () => {
    const streams: TLSSocket[] = [];
    const { path } = await bridge((stream) => {
      streams.push(stream);
      stream.write('ready');
    });
    const first = await client(path);
    await once(first, 'data');
    streams[0]?.destroy();
    await once(first, 'end');

    const second = await client(path);
    await once(second, 'data');
    second.destroy();
    const [, stream] = streams;
    expect(stream).toBeDefined();
    if (stream !== undefined) await once(stream.resume(), 'end');
  });
});
