import { once } from 'node:events';
import { createServer as createHttp2, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { vmSettings } from '../../../shared/engine/testing/vm-settings.ts';
import { createGateway } from './gateway.ts';
import { type EngineScript, readAll, readUntil, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (script: EngineScript): Promise<Rig> => {
  const rig = await startRig(true, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const UPGRADED =
  'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const HIJACKED = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n';

/** An engine that reads a head, answers with `answer`, and then hands the connection over. */
const hijacking = (answer: string, then: (socket: Socket, head: string) => Promise<void>): EngineScript => ({
  onConnection: (socket) => {
    readUntil(socket, '\r\n\r\n').then(
      async (head) => {
        // The gateway's own questions are not what these tests are about.
        if (head.startsWith('GET /exec/')) {
          socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
          return;
        }
        socket.write(answer);
        await then(socket, head);
      },
      () => socket.destroy(),
    );
  },
});

describe('attach and exec', () => {
  it.each([
    ['with an upgrade', 'Connection: Upgrade\r\nUpgrade: tcp\r\n', UPGRADED],
    ['as older clients ask for it', '', HIJACKED],
  ])('become a stream, %s, that carries every byte', async (_, fields, answer) => {
    const rig = await start(
      hijacking(answer, async (socket) => {
        socket.pipe(socket);
      }),
    );
    const socket = await rig.dial();
    socket.write(`POST /v1.45/containers/c/attach?stream=1 HTTP/1.1\r\nHost: d\r\n${fields}\r\n`);
    expect(await readUntil(socket, '\r\n\r\n')).toBe(answer);
    const bytes = randomBytes(1024 * 1024);
    socket.end(bytes);
    expect((await readAll(socket)).equals(bytes)).toBe(true);
  });

  it('send the body of exec start first, and what follows as the stream', async () => {
    const body = '{"Detach":false,"Tty":true}';
    const rig = await start(
      hijacking(UPGRADED, async (socket, head) => {
        expect(head).toMatch(/^POST \/exec\/abc\/start HTTP\/1\.1\r\n[\s\S]*Upgrade: tcp\r\n/);
        expect(await readUntil(socket, '}')).toBe(body);
        socket.end(`got ${(await readAll(socket)).toString()}`);
      }),
    );
    const socket = await rig.dial();
    socket.end(
      `POST /exec/abc/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
        `Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n${body}ls\n`,
    );
    expect((await readAll(socket)).toString()).toBe(`${UPGRADED}got ls\n`);
  });

  it('end each direction by itself', async () => {
    const rig = await start(
      hijacking(UPGRADED, async (socket) => {
        const input = await readAll(socket);
        socket.write(`${input.length} bytes, and the output goes on`);
        socket.end();
      }),
    );
    const socket = await rig.dial();
    socket.write('POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    await readUntil(socket, '\r\n\r\n');
    socket.end('abc');
    expect((await readAll(socket)).toString()).toBe('3 bytes, and the output goes on');
  });

  // How much is still on its way at the end depends on how the size divides among the buffers, hence several.
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('lose no output of a container that ends before its input (%i)', async (step) => {
    const size = 1024 * 1024 + step * 31_000;
    const engine = { closed: false };
    const rig = await start(
      hijacking(UPGRADED, async (socket) => {
        socket.pause();
        socket.write(Buffer.alloc(size, 'o'), () => {
          engine.closed = true;
          socket.destroy();
        });
      }),
    );
    const socket = await rig.dial();
    socket.on('error', () => undefined);
    socket.write('POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    await readUntil(socket, '\r\n\r\n');
    const input = Buffer.alloc(64 * 1024, 'i');
    const pour = (): void => {
      while (!socket.destroyed && socket.write(input));
      socket.once('drain', pour);
    };
    pour();
    const letEverythingHappen = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    };
    // Read only when everything between has come to a stop, so that output is still on its way when the engine closes.
    let received = 0;
    await letEverythingHappen();
    while (!engine.closed) {
      const piece: unknown = socket.read();
      received += Buffer.isBuffer(piece) ? piece.length : 0;
      await letEverythingHappen();
    }
    received += (await readAll(socket)).length;
    expect(received).toBe(size);
  });

  it('reach the engine as closed when the client is gone', async () => {
    let connected: (socket: Socket) => void = () => undefined;
    const engineSide = new Promise<Socket>((resolve) => (connected = resolve));
    const rig = await start(
      hijacking(UPGRADED, async (socket) => {
        socket.on('end', () => socket.end());
        socket.resume();
        connected(socket);
      }),
    );
    const socket = await rig.dial();
    socket.write('POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    await readUntil(socket, '\r\n\r\n');
    const closed = once(await engineSide, 'close');
    socket.destroy();
    await closed;
    expect((await engineSide).destroyed).toBe(true);
  });

  it('stay HTTP when the engine refuses', async () => {
    const rig = await start({
      onRequest: (_, response) => {
        response.writeHead(404, { 'Content-Type': 'application/json' });
        response.end('{"message":"No such exec"}');
        return true;
      },
    });
    const answer = await rig.raw(
      'POST /exec/x/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1\.1 404/g)).toHaveLength(2);
    expect(rig.happened).toEqual(['GET /exec/x/json', 'POST /exec/x/start', 'GET /_ping']);
  });

  it('give the error that the engine writes without a length', async () => {
    const error =
      'HTTP/1.1 409 Conflict\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\ncontainer is paused\r\n';
    const rig = await start(
      hijacking(error, async (socket) => {
        socket.end();
      }),
    );
    expect(await rig.raw('POST /containers/c/attach HTTP/1.1\r\nHost: d\r\n\r\n')).toBe(error);
  });
});

describe('an upgrade', () => {
  it('to HTTP/2 works for BuildKit', async () => {
    const http2 = createHttp2();
    http2.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(`served ${String(headers[':path'])}`);
    });
    const rig = await start({
      onUpgrade: (incoming, socket, head) => {
        expect(incoming.headers.upgrade).toBe('h2c');
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
        socket.unshift(head);
        http2.emit('connection', socket);
      },
    });
    const socket = await rig.dial();
    socket.write('POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    expect(await readUntil(socket, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /);
    const session = connectHttp2('http://docker', { createConnection: () => socket });
    const served = await readAll(session.request({ ':path': '/moby.buildkit.v1.Control/Solve' }));
    expect(served.toString()).toBe('served /moby.buildkit.v1.Control/Solve');
    session.destroy();
  });

  it.each([
    ['GET', '/info', 'h2c'],
    ['POST', '/containers/create', 'tcp'],
    ['POST', '/grpc', 'tcp'],
    ['POST', '/containers/c/attach', 'h2c'],
    ['POST', '/session', 'h2c, tcp'],
  ])('is kept from the engine on %s %s for %s', async (method, path, protocol) => {
    const rig = await start({});
    await rig.ask(method, path, '{}', {
      headers: {
        Connection: 'Upgrade, HTTP2-Settings',
        Upgrade: protocol,
        'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA',
        'Content-Type': 'application/json',
        'Content-Length': '2',
      },
    });
    const fields = rig.seen[0]?.rawHeaders.map((field) => field.toLowerCase()) ?? [];
    expect(fields.length).toBeGreaterThan(0);
    expect(fields).not.toContain('upgrade');
    expect(fields).not.toContain('http2-settings');
  });

  it('that nobody asked for is not followed', async () => {
    const rig = await start(
      hijacking(UPGRADED, async (socket) => {
        socket.pipe(socket);
      }),
    );
    expect((await rig.ask('GET', '/info')).status).toBe(502);
  });
});

describe('over TLS as the agent serves it', () => {
  it('a client may end its input and still read', async () => {
    const rig = await start(
      hijacking(UPGRADED, async (socket) => {
        socket.end(`read ${(await readAll(socket)).length}`);
      }),
    );
    const engineSocket = rig.gatewaySocket.replace('docker.sock', 'engine.sock');
    const gateway = createGateway({
      engineSocket,
      settings: vmSettings(),
      grants: rig.grants,
      shares: [],
      vmHas: () => true,
      realPath: (place) => place,
      ports: { reserve: async () => null, started: async () => undefined },
      flushOverlay: async () => undefined,
      log: () => undefined,
    });
    const key = randomBytes(32);
    const shared = { ciphers: 'ECDHE-PSK-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' as const };
    const server = createTlsServer({ ...shared, pskCallback: () => key }, (socket) => gateway.handle(socket));
    const path = join(tmpdir(), `gateway-tls-${process.pid}.sock`);
    await once(server.listen(path), 'listening');
    const socket = connectTls({
      ...shared,
      socket: connect({ path, allowHalfOpen: true }),
      pskCallback: () => ({ psk: key, identity: 'docker' }),
      checkServerIdentity: () => undefined,
    });
    socket.allowHalfOpen = true;
    await once(socket, 'secureConnect');
    socket.write('POST /containers/c/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    await readUntil(socket, '\r\n\r\n');
    socket.end(Buffer.alloc(300_000));
    expect((await readAll(socket)).toString()).toBe('read 300000');
    gateway.close();
    server.close();
  });
});
