import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EngineScript, readUntil, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (script: EngineScript = {}, isolation = true): Promise<Rig> => {
  const rig = await startRig(isolation, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const RUNNING = {
  Id: 'c1',
  State: { Running: true, Pid: 42 },
  GraphDriver: { Data: { MergedDir: '/var/lib/docker/overlay2/x/merged' } },
};
const objects = { '/containers/c/json': RUNNING, '/containers/c1/json': RUNNING };
const ARCHIVE = '/containers/c/archive?path=%2Fetc';
const FLUSH = 'flush /var/lib/docker/overlay2/x/merged';
const BEFORE = ['GET /containers/c/json', 'POST /containers/c1/pause', FLUSH];

/** The engine holds back the answer to an archive until it is told, and says when it has the request. */
const holding = (isHeld: (method: string) => boolean = () => true) => {
  const asked: ServerResponse[] = [];
  const script: EngineScript = {
    objects,
    onRequest: ({ method = '', url = '' }, response) => {
      if (!url.includes('/archive') || !isHeld(method)) return false;
      asked.push(response);
      return true;
    },
  };
  const next = (count: number): Promise<void> => vi.waitFor(() => expect(asked).toHaveLength(count));
  return { script, asked, next };
};

describe('a running container', () => {
  it.each(['GET', 'HEAD'])('stands still during %s of an archive', async (method) => {
    const rig = await start({ objects });
    expect((await rig.ask(method, ARCHIVE)).status).toBe(200);
    rig.happened.push('answered');
    expect(rig.happened).toEqual([...BEFORE, `${method} ${ARCHIVE}`, 'POST /containers/c1/unpause', 'answered']);
  });

  it('stands still during PUT, and sees what was put before the client hears of it', async () => {
    const rig = await start({ objects });
    await rig.ask('PUT', ARCHIVE, Buffer.alloc(100_000));
    rig.happened.push('answered');
    expect(rig.happened).toEqual([
      ...BEFORE,
      `PUT ${ARCHIVE}`,
      'flush /proc/42/root',
      'POST /containers/c1/unpause',
      'answered',
    ]);
    expect(rig.seen.find(({ method }) => method === 'PUT')?.body.length).toBe(100_000);
  });

  it("may have the kernel's modules", async () => {
    const modules = { ...RUNNING, Mounts: [{ Type: 'bind', Source: '/lib/modules' }] };
    const rig = await start({ objects: { ...objects, '/containers/c/json': modules } });
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(200);
  });

  it('goes on when the engine refuses', async () => {
    const rig = await start({
      objects,
      onRequest: ({ url = '' }, response) => {
        if (!url.includes('/archive')) return false;
        response.writeHead(404);
        response.end('{"message":"no such path"}');
        return true;
      },
    });
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(404);
    expect(rig.happened.at(-1)).toBe('POST /containers/c1/unpause');
  });

  it('goes on when the archive is refused', async () => {
    const rig = await start({ objects });
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
    expect((await rig.ask('PUT', ARCHIVE, xz)).status).toBe(403);
    await vi.waitFor(() => expect(rig.happened).toContain('POST /containers/c1/unpause'));
  });

  it('goes on when the client hangs up before the answer', async () => {
    const { script, next } = holding();
    const rig = await start(script);
    const socket = await rig.dial();
    socket.write(`GET ${ARCHIVE} HTTP/1.1\r\nHost: d\r\n\r\n`);
    await next(1);
    expect(rig.happened).not.toContain('POST /containers/c1/unpause');
    socket.destroy();
    await vi.waitFor(() => expect(rig.happened).toContain('POST /containers/c1/unpause'));
  });

  it('goes on when the client hangs up in the middle of the answer', async () => {
    const { script, asked, next } = holding();
    const rig = await start(script);
    const socket = await rig.dial();
    socket.write(`GET ${ARCHIVE} HTTP/1.1\r\nHost: d\r\n\r\n`);
    await next(1);
    asked[0]?.write('first');
    const pump = setInterval(() => asked[0]?.write(Buffer.alloc(100_000)), 5);
    await readUntil(socket, 'first');
    socket.destroy();
    await vi.waitFor(() => expect(rig.happened).toContain('POST /containers/c1/unpause'));
    clearInterval(pump);
  });

  it('goes on when the client hangs up in the middle of its upload', async () => {
    const rig = await start({ objects });
    const socket = await rig.dial();
    socket.write(`PUT ${ARCHIVE} HTTP/1.1\r\nHost: d\r\nContent-Length: 100000\r\n\r\n0123456789`);
    await vi.waitFor(() => expect(rig.happened).toContain(`PUT ${ARCHIVE}`));
    socket.destroy();
    await vi.waitFor(() => expect(rig.happened).toContain('POST /containers/c1/unpause'));
  });

  it('goes on when the engine hangs up', async () => {
    const { script, asked, next } = holding();
    const rig = await start(script);
    const answer = rig.ask('GET', ARCHIVE);
    await next(1);
    asked[0]?.destroy();
    expect((await answer).status).toBe(502);
    expect(rig.happened.at(-1)).toBe('POST /containers/c1/unpause');
  });

  it('goes on only after the last of several', async () => {
    const { script, asked, next } = holding();
    const rig = await start(script);
    const one = rig.ask('GET', ARCHIVE);
    const two = rig.ask('GET', ARCHIVE);
    await next(2);
    asked[0]?.end('{}');
    await one;
    expect(rig.happened.filter((each) => /pause/.test(each))).toEqual(['POST /containers/c1/pause']);
    asked[1]?.end('{}');
    await two;
    expect(rig.happened.filter((each) => /pause/.test(each))).toEqual([
      'POST /containers/c1/pause',
      'POST /containers/c1/unpause',
    ]);
  });

  it('is resumed before a command starts in it', async () => {
    const { script, asked, next } = holding();
    const rig = await start({ ...script, objects: { ...objects, '/exec/e/json': { ContainerID: 'c1' } } });
    const copy = rig.ask('GET', ARCHIVE);
    await next(1);
    const commands = [rig.ask('POST', '/containers/c/exec', { Cmd: ['a'] }), rig.ask('POST', '/exec/e/start', {})];
    await vi.waitFor(() => expect(rig.happened.filter((each) => each.startsWith('GET'))).toHaveLength(4));
    asked[0]?.end('{}');
    await Promise.all([copy, ...commands]);
    const order = rig.happened.filter((each) => /unpause|exec/.test(each) && each.startsWith('POST'));
    expect(order[0]).toBe('POST /containers/c1/unpause');
    expect(order.slice(1).toSorted()).toEqual(['POST /containers/c/exec', 'POST /exec/e/start']);
  });
});

describe('a container that is left as it is', () => {
  it.each([
    ['was paused by somebody', 409],
    ['has ended', 409],
    ['is gone', 404],
  ])('because it %s', async (_, status) => {
    const rig = await start({
      objects,
      onRequest: ({ url = '' }, response) => {
        if (!url.endsWith('/pause')) return false;
        response.writeHead(status);
        response.end('{}');
        return true;
      },
    });
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(200);
    expect(rig.happened).not.toContain('POST /containers/c1/unpause');
  });

  it('because isolation is off', async () => {
    const rig = await start({ objects }, false);
    await rig.ask('GET', ARCHIVE);
    expect(rig.happened).toEqual([`GET ${ARCHIVE}`]);
  });

  it('with nothing copied when it cannot be paused', async () => {
    const rig = await start({
      objects,
      onRequest: ({ url = '' }, response) => {
        if (!url.endsWith('/pause')) return false;
        response.writeHead(500);
        response.end('{}');
        return true;
      },
    });
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(503);
    expect(rig.happened.some((each) => each.includes('/archive'))).toBe(false);
    // Nothing of it is left over for the next.
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(503);
  });

  it('when it could not be resumed at once', async () => {
    let refusals = 2;
    const rig = await start({
      objects,
      onRequest: ({ url = '' }, response) => {
        if (!url.endsWith('/unpause') || refusals === 0) return false;
        refusals -= 1;
        response.writeHead(500);
        response.end('{}');
        return true;
      },
    });
    expect((await rig.ask('GET', ARCHIVE)).status).toBe(200);
    expect(rig.happened.filter((each) => each.endsWith('/unpause'))).toHaveLength(3);
    expect(rig.logged.filter((line) => line.includes('was not resumed'))).toHaveLength(2);
  });
});
