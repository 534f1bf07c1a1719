import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonFrame, readJsonFrame } from './frames.ts';
import { createRegister } from './register.ts';
import { servePorts } from './service.ts';

/** Both ends of a connection to the service, without TLS. */
const ask = async (register: ReturnType<typeof createRegister>, request: unknown): Promise<net.Socket> => {
  const server = net.createServer({ allowHalfOpen: true }, (stream) => {
    stream.on('error', () => stream.destroy());
    void servePorts(stream, register);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = net.connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(jsonFrame(request));
  return socket;
};

const listening = async (): Promise<number> => {
  const server = net.createServer((socket) => socket.on('error', () => undefined).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

describe('the service of published ports', () => {
  it('connects to nothing that is not published, though something listens there', async () => {
    const port = await listening();
    const register = createRegister();
    const request = { kind: 'connect', protocol: 'tcp', address: null, port } as const;
    expect(await readJsonFrame(await ask(register, request))).toEqual({
      ok: false,
      message: `tcp port ${port} is not published`,
    });
    const publication = {
      port: { protocol: 'tcp', address: null, port },
      target: { host: '127.0.0.1', port },
    } as const;
    register.setContainer('one', [publication]);
    expect(await readJsonFrame(await ask(register, request))).toEqual({ ok: true });
    // Asked for on an address of its own, it is another one.
    expect(await readJsonFrame(await ask(register, { ...request, address: '127.0.0.1' }))).toMatchObject({ ok: false });
    expect(await readJsonFrame(await ask(register, { ...request, protocol: 'udp' }))).toMatchObject({ ok: false });
    register.removeContainer('one');
    expect(await readJsonFrame(await ask(register, request))).toMatchObject({ ok: false });
  });

  it('hangs up on what it does not understand', async () => {
    for (const request of [{ kind: 'connect', host: '10.0.2.2', port: 22 }, { kind: 'list' }, null]) {
      expect(await readJsonFrame(await ask(createRegister(), request))).toBeNull();
    }
  });

  it('gives no connection for a port that is only reserved', async () => {
    const port = await listening();
    const register = createRegister();
    register.hostCame();
    void register.reserve('one', [{ protocol: 'tcp', address: null, port }], AbortSignal.timeout(10_000));
    const request = { kind: 'connect', protocol: 'tcp', address: null, port };
    expect(await readJsonFrame(await ask(register, request))).toMatchObject({ ok: false });
    register.hostLeft();
  });
});
