import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newKeys, portOf } from '../testing/agent-server.ts';
import { startAgent } from '../testing/agent.ts';
import { createConnect } from './connection.ts';

describe('a connection to the agent', () => {
  it('reaches the service whose key it has', async () => {
    const agent = await startAgent({
      control: (stream) => stream.end('this is control'),
      docker: (stream) => stream.end('this is docker'),
    });
    const connect = createConnect(agent);
    expect(await text(await connect('control'))).toBe('this is control');
    expect(await text(await connect('docker'))).toBe('this is docker');
  });

  it('is refused with a wrong key, and with the key of the other service', async () => {
    const { port, keys } = await startAgent({});
    await expect(createConnect({ port, keys: newKeys() })('docker')).rejects.toThrow(/bad record mac/i);
    const swapped = { ...keys, control: keys.docker, docker: keys.control };
    await expect(createConnect({ port, keys: swapped })('control')).rejects.toThrow(/bad record mac/i);
  });

  it('is given up when somebody else answers, nobody does, or the caller does not want it any more', async () => {
    const imposter = net.createServer((socket) => socket.resume().end('SSH-2.0-imposter\r\n'));
    const mute = net.createServer((socket) => socket.on('error', () => undefined));
    for (const server of [imposter, mute]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => {
        server.close();
      });
    }
    const keys = newKeys();
    await expect(createConnect({ port: portOf(imposter), keys })('docker')).rejects.toThrow(
      /wrong version number|SSL/i,
    );
    await expect(createConnect({ port: portOf(mute), keys })('docker', AbortSignal.timeout(50))).rejects.toThrow(
      /abort/i,
    );
    await expect(createConnect({ port: 1, keys })('docker')).rejects.toThrow('ECONNREFUSED');
  });

  it('stays open for reading after it was ended for writing', async () => {
    const agent = await startAgent({
      docker: (stream) => void text(stream).then((all) => stream.end(`got ${all.length} bytes`)),
    });
    const stream = await createConnect(agent)('docker');
    stream.end(Buffer.alloc(1_000_000));
    expect(await text(stream)).toBe('got 1000000 bytes');
  });

  it('is one of any number, although few handshakes are made at a time', async () => {
    const agent = await startAgent({ docker: (stream) => stream.end('ok') });
    const connect = createConnect(agent);
    const given = Array.from({ length: 20 }, async () => text(await connect('docker')));
    await expect(Promise.all(given)).resolves.toEqual(Array.from({ length: 20 }, () => 'ok'));
  });
});
