import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRegister, type Register } from '../../../guest/agent/ports/register.ts';
import { servePorts } from '../../../guest/agent/ports/service.ts';
import type { EngineWarning } from '../../../shared/contract/engine.ts';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import { createConnect } from '../agent/connection.ts';
import type { PortBinding } from '../port.ts';
import { startAgent } from '../testing/agent.ts';
import { portOf } from '../testing/agent-server.ts';
import { freePort } from '../testing/free-port.ts';
import { openPorts } from './ports.ts';

const never = new AbortController().signal;

/** The host's side and the VM's with a real connection between them; only Docker is missing. */
const start = async (binding: PortBinding = 'default-local-port-binding') => {
  const register = createRegister();
  const agent = await startAgent({ ports: (stream) => void servePorts(stream, register) });
  const warnings: (readonly EngineWarning[])[] = [];
  const ports = openPorts({
    connect: createConnect(agent),
    binding,
    onWarnings: (given) => warnings.push(given),
    log: () => undefined,
  });
  onTestFinished(ports.close);
  const watching = new Promise<void>((resolve) => {
    const { hostCame } = register;
    vi.spyOn(register, 'hostCame').mockImplementation(() => {
      hostCame();
      resolve();
    });
  });
  await watching;
  return { register, ports, warnings };
};

/** A container's server. */
const serve = async (onConnection: (socket: net.Socket) => void): Promise<number> => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return portOf(server);
};

const publish = async (register: Register, to: number, given: Partial<PublishedPort> = {}): Promise<PublishedPort> => {
  const port: PublishedPort = { protocol: 'tcp', address: null, port: await freePort(), ...given };
  register.setContainer('one', [{ port, target: { host: '127.0.0.1', port: to } }]);
  await register.settled(never);
  return port;
};

const client = async (port: number, host = '127.0.0.1'): Promise<net.Socket> => {
  const socket = net.connect({ host, port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
};

describe('a published TCP port', () => {
  it('leads to the container, and an end of one side leaves the other open', async () => {
    const { register } = await start();
    const to = await serve((socket) => void text(socket).then((all) => socket.end(all.toUpperCase())));
    const { port } = await publish(register, to);
    const socket = await client(port);
    socket.end('x'.repeat(1_000_000));
    expect(await text(socket)).toBe('X'.repeat(1_000_000));
  });

  it('carries a reset as a reset, in both directions', async () => {
    const { register } = await start();
    let reset = (): void => undefined;
    let ended: Promise<unknown> = Promise.resolve();
    const to = await serve((socket) => {
      socket.resume();
      socket.write('hello');
      ended = new Promise((resolve) => socket.once('close', () => resolve(socket.errored)));
      reset = () => socket.resetAndDestroy();
    });
    const { port } = await publish(register, to);
    const first = await client(port);
    await once(first, 'data');
    first.resume();
    reset();
    await expect(text(first)).rejects.toThrow('ECONNRESET');

    const second = await client(port);
    await once(second, 'data');
    second.resetAndDestroy();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });

  it('makes a fast sender wait for a slow receiver', async () => {
    const { register } = await start();
    let sender: net.Socket | null = null;
    const to = await serve((socket) => {
      sender = socket;
      const more = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
        socket.once('drain', more);
      };
      more();
    });
    const { port } = await publish(register, to);
    const socket = await client(port);
    socket.pause();
    const stalled = async (): Promise<number> => {
      let before = -1;
      await vi.waitFor(
        () => {
          const now = sender?.bytesWritten ?? 0;
          const same = now === before && now > 0;
          before = now;
          expect(same).toBe(true);
        },
        { timeout: 10_000, interval: 300 },
      );
      return before;
    };
    expect(await stalled()).toBeLessThan(64_000_000);
  });

  it('closes with the container, and again opens with it', async () => {
    const { register } = await start();
    const to = await serve((socket) => socket.end('here'));
    const { port } = await publish(register, to);
    expect(await text(await client(port))).toBe('here');
    register.removeContainer('one');
    await register.settled(never);
    await expect(client(port)).rejects.toThrow('ECONNREFUSED');
    await publish(register, to, { port });
    expect(await text(await client(port))).toBe('here');
  });

  it('closes with the engine', async () => {
    const { register, ports } = await start();
    const { port } = await publish(register, await serve((socket) => socket.write('on')));
    const socket = await client(port);
    const all = text(socket);
    await ports.close();
    await Promise.allSettled([all]);
    await expect(client(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('is reset when nobody listens in the container', async () => {
    const { register } = await start();
    const { port } = await publish(register, await freePort());
    await expect(text(await client(port))).rejects.toThrow('ECONNRESET');
  });

  it('is on loopback only when the setting says so, whatever was asked', async () => {
    const { register } = await start('local-only-port-binding');
    const { port } = await publish(register, await serve((socket) => socket.end('here')), { address: '0.0.0.0' });
    expect(await text(await client(port))).toBe('here');
    // Loopback has more addresses than the one; a listener on all would answer.
    await expect(client(port, '127.0.0.9')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a port that the host does not give', () => {
  const occupy = async (): Promise<number> => serve((socket) => socket.end('somebody else'));

  it('is a warning, and refused to a container that is about to start', async () => {
    const { register, warnings } = await start();
    const taken = await occupy();
    const wanted: PublishedPort = { protocol: 'tcp', address: null, port: taken };
    expect(await register.reserve('two', [wanted], never)).toBe(
      `Ports are not available: exposing port TCP 127.0.0.1:${taken}: listen tcp 127.0.0.1:${taken}: bind: address already in use`,
    );
    expect(register.list().ports).toEqual([]);

    await publish(register, 1, { port: taken });
    expect(warnings.at(-1)).toMatchObject([
      {
        message: expect.stringContaining('address already in use') as string,
        remedy: expect.stringContaining('Stop the program that uses it') as string,
      },
    ]);
    register.removeContainer('one');
    await register.settled(never);
    expect(warnings.at(-1)).toEqual([]);
  });

  it('is not waited for when no host listens', async () => {
    const register = createRegister();
    expect(await register.reserve('two', [{ protocol: 'tcp', address: null, port: 8080 }], never)).toBeNull();
  });
});

describe('a published UDP port', () => {
  it('carries datagrams both ways, each client apart', async () => {
    const { register } = await start();
    const server = dgram.createSocket('udp4');
    server.on('message', (data, from) => server.send(`${data.toString()} from ${from.port}`, from.port, from.address));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const { port } = await publish(register, server.address().port, { protocol: 'udp' });
    const ask = async (data: string): Promise<string> => {
      const socket = dgram.createSocket('udp4');
      onTestFinished(() => {
        socket.close();
      });
      socket.send(data, port, '127.0.0.1');
      const [answer] = (await once(socket, 'message')) as readonly unknown[];
      return String(answer);
    };
    const answers = await Promise.all([ask('a'), ask('b')]);
    expect(answers).toEqual([expect.stringMatching(/^a from \d+$/u), expect.stringMatching(/^b from \d+$/u)]);
    expect(answers[0]?.slice(1)).not.toBe(answers[1]?.slice(1));
  });
});
