import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type EngineScript, readAll, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (script: EngineScript = {}, isolation = true): Promise<Rig> => {
  const rig = await startRig(isolation, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a request that nothing has to be done about', () => {
  it('reaches the engine with its fields in their order and spelling, and its answer the client', async () => {
    const rig = await start({
      onRequest: (_, response) => {
        response.writeHead(200, [
          ['Api-Version', '1.45'],
          ['Docker-Experimental', 'false'],
          ['Ostype', 'linux'],
          ['Content-Type', 'application/vnd.docker.raw-stream'],
          ['X-Two', 'a'],
          ['X-Two', 'b'],
        ]);
        response.end('OK');
        return true;
      },
    });
    const answer = await rig.raw(
      'GET /v1.45/_ping?a=%2F&b HTTP/1.1\r\nHost: docker\r\nUSER-agent: x\r\nX-Registry-Auth:  e30= \r\nConnection: close\r\n\r\n',
    );
    expect(rig.happened).toEqual(['GET /v1.45/_ping?a=%2F&b']);
    expect(answer).toMatch(
      /^HTTP\/1\.1 200 OK\r\nApi-Version: 1\.45\r\nDocker-Experimental: false\r\nOstype: linux\r\n/,
    );
    expect(answer).toContain('Content-Type: application/vnd.docker.raw-stream\r\nX-Two: a\r\nX-Two: b\r\n');
  });

  it('keeps the order and the spelling of the fields', async () => {
    const rig = await start();
    await rig.raw(
      'DELETE /images/a HTTP/1.1\r\nHost: docker\r\nUSER-agent: x\r\nX-meta: 1\r\nConnection: close\r\n\r\n',
    );
    expect(rig.seen[0]?.rawHeaders).toEqual([
      'Host',
      'docker',
      'USER-agent',
      'x',
      'X-meta',
      '1',
      'Connection',
      'close',
    ]);
  });

  it('shares its connection with the next one', async () => {
    const rig = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of ['/info', '/version', '/images/json']) await rig.ask('GET', path, undefined, { agent });
    agent.destroy();
    expect(rig.happened).toEqual(['GET /info', 'GET /version', 'GET /images/json']);
    expect(rig.engineConnections()).toBe(1);
  });

  it('is answered in its turn when several are sent at once', async () => {
    const rig = await start({
      onRequest: (incoming, response) => {
        response.end(`<${incoming.url}>`);
        return true;
      },
    });
    const answer = await rig.raw(
      'GET /info HTTP/1.1\r\nHost: d\r\n\r\nGET /version HTTP/1.1\r\nHost: d\r\n\r\nGET /events HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/<.*?>/g)).toEqual(['</info>', '</version>', '</events>']);
  });

  it('may be HTTP/1.0', async () => {
    const rig = await start();
    expect(await rig.raw('GET /_ping HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe('bodies', () => {
  const content = randomBytes(8 * 1024 * 1024);

  it.each([
    ['by length', { 'Content-Length': String(content.length) }, 'none'],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }, 'chunked'],
  ])('go up %s and come down whole', async (_, headers, encoding) => {
    const rig = await start({
      onRequest: (incoming, response) => {
        readAll(incoming).then(
          (body) => {
            response.writeHead(200, {
              'X-Sha': sha(body),
              'X-Encoding': incoming.headers['transfer-encoding'] ?? 'none',
            });
            response.write(body.subarray(0, 1000));
            response.end(body.subarray(1000));
          },
          () => response.destroy(),
        );
        return true;
      },
    });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(
        { socketPath: rig.gatewaySocket, method: 'POST', path: '/v1.45/images/load', headers },
        resolve,
      );
      asking.on('error', reject);
      for (let at = 0; at < content.length; at += 100_001) asking.write(content.subarray(at, at + 100_001));
      asking.end();
    });
    expect(sha(await readAll(answer))).toBe(sha(content));
    expect(answer.headers['x-sha']).toBe(sha(content));
    expect(answer.headers['x-encoding']).toBe(encoding);
  });

  it('carry trailer fields both ways', async () => {
    const rig = await start({
      onRequest: (incoming, response) => {
        readAll(incoming).then(
          () => {
            response.writeHead(200, { Trailer: 'X-Down' });
            response.write('body');
            response.addTrailers({ 'X-Down': incoming.trailers['x-up'] ?? 'missing' });
            response.end();
          },
          () => response.destroy(),
        );
        return true;
      },
    });
    const answer = await rig.raw(
      'POST /build HTTP/1.1\r\nHost: d\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX-Up: yes\r\n\r\n',
    );
    expect(answer).toMatch(/X-Down: yes\r\n\r\n$/);
  });

  it('make the engine wait while the client does not read', async () => {
    const size = 32 * 1024 * 1024;
    let written = 0;
    const piece = Buffer.alloc(64 * 1024, 'x');
    const rig = await start({
      onRequest: (incoming, response) => {
        if (incoming.url !== '/images/get') return false;
        const write = (): void => {
          while (written < size) {
            written += piece.length;
            if (!response.write(piece)) {
              response.once('drain', write);
              return;
            }
          }
          response.end();
        };
        write();
        return true;
      },
    });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath: rig.gatewaySocket, path: '/images/get' }, resolve).on('error', reject).end();
    });
    // Other connections are served in the meantime, which also gives this one every chance to run ahead.
    for (let turn = 0; turn < 50; turn += 1) await rig.ask('GET', '/_ping');
    expect(written).toBeLessThan(size / 2);
    expect((await readAll(answer)).length).toBe(size);
  });

  it('that the engine refuses half-way do not hide its answer', async () => {
    const rig = await start({
      onConnection: (socket) => {
        socket.once('data', () => {
          socket.pause();
          socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope', () =>
            socket.destroy(),
          );
        });
      },
    });
    const answer = await rig.ask('POST', '/images/load', randomBytes(32 * 1024 * 1024), {
      headers: { 'Transfer-Encoding': 'chunked' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toBe('nope');
  });

  it('wait for the engine to say 100 Continue', async () => {
    const rig = await start();
    const socket = await rig.dial();
    socket.write(
      'POST /build HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n',
    );
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('{}');
    expect((await readAll(socket)).toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(rig.seen[0]?.body.toString()).toBe('{}');
  });
});

describe('an answer without end', () => {
  const events = (onStart: (response: ServerResponse) => void): EngineScript => ({
    onRequest: (incoming, response) => {
      if (!incoming.url?.startsWith('/events')) return false;
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"n":1}\n');
      onStart(response);
      return true;
    },
  });

  it('arrives event by event', async () => {
    let running: ServerResponse | undefined;
    const rig = await start(events((response) => void (running = response)));
    const answer = await new Promise<IncomingMessage>((resolve) => {
      request({ socketPath: rig.gatewaySocket, path: '/events' }, resolve).end();
    });
    expect(String((await once(answer, 'data'))[0])).toBe('{"n":1}\n');
    running?.write('{"n":2}\n');
    expect(String((await once(answer, 'data'))[0])).toBe('{"n":2}\n');
    running?.end();
    await once(answer, 'end');
  });

  it.each(['ends', 'cuts'])('is given up by the engine when the client %s its connection', async (how) => {
    let running: ServerResponse | undefined;
    const rig = await start(events((response) => void (running = response)));
    const socket = await rig.dial();
    socket.write('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
    await once(socket, 'data');
    const closed = running === undefined ? null : once(running, 'close');
    if (how === 'ends') socket.end();
    else socket.destroy();
    await closed;
    expect(running?.destroyed).toBe(true);
  });

  it('ends visibly cut when the engine dies', async () => {
    let running: ServerResponse | undefined;
    const rig = await start(events((response) => void (running = response)));
    const answer = await new Promise<IncomingMessage>((resolve) => {
      request({ socketPath: rig.gatewaySocket, path: '/events' }, resolve).end();
    });
    await once(answer, 'data');
    running?.destroy();
    await expect(once(answer, 'end')).rejects.toThrow('aborted');
  });
});

describe('without an engine', () => {
  it('clients are told so in its stead', async () => {
    const rig = await start();
    await rig.stopEngine();
    const answer = await rig.ask('GET', '/version');
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toEqual({
      message: 'the Docker Engine is not running in the VM. Wait until Bulkhead shows it as running.',
    });
  });

  it.each([
    ['nothing', ''],
    ['something else than HTTP', 'SSH-2.0\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nA:'],
  ])('an answer of %s becomes a 502', async (_, bytes) => {
    const rig = await start({ onConnection: (socket: Socket) => socket.once('data', () => socket.end(bytes)) });
    expect((await rig.ask('GET', '/version')).status).toBe(502);
  });
});
