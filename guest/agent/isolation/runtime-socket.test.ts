import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRuntimeServer, parseRequest } from './runtime-socket.ts';
import type { World } from './testing/world.ts';
import { createWorld, idOf } from './testing/world.ts';

const bytes = (...items: readonly string[]): Buffer => Buffer.from(items.map((item) => `${item}\0`).join(''));

describe('a request of the front', () => {
  it('is the working directory, the input and argv', () => {
    expect(parseRequest(bytes('/work', '-', 'runc', 'create', 'a b', ''))).toEqual({
      argv: ['runc', 'create', 'a b'],
      cwd: '/work',
      input: null,
    });
    expect(parseRequest(bytes('/work', '{}', 'runc', 'update', ''))?.input).toBe('{}');
  });

  it('is not complete before its end', () => {
    const whole = bytes('/', '-', 'runc', 'create', 'ünïcode', '');
    for (let length = 0; length < whole.length; length++) expect(parseRequest(whole.subarray(0, length))).toBeNull();
    expect(parseRequest(whole)?.argv[2]).toBe('ünïcode');
  });

  it.each([
    ['nothing', bytes('', '')],
    ['no arguments', bytes('/', '-', '')],
    ['a relative directory', bytes('work', '-', 'runc', '')],
    ['an empty input', bytes('/', '', 'runc', '')],
    ['an empty argument', bytes('/', '-', 'runc', '', 'x', '')],
    ['more after its end', bytes('/', '-', 'runc', '', 'more')],
    ['too much', Buffer.alloc(300_000, 'x')],
  ])('is malformed with %s', (_, request) => {
    expect(() => parseRequest(request)).toThrow('malformed');
  });
});

describe('the runtime socket', () => {
  let world: World;
  let socket: string;
  let server: ReturnType<typeof createRuntimeServer>;
  let seal: () => void;
  let breakSeal: (reason: Error) => void;
  beforeEach(async () => {
    world = createWorld();
    socket = path.join(world.directory, 'runtime.sock');
    const sealed = new Promise<void>((resolve, reject) => {
      seal = resolve;
      breakSeal = reject;
    });
    // It may break before anything waits for it.
    sealed.catch(() => undefined);
    server = createRuntimeServer(world.isolation, sealed, (line) => world.messages.push(line));
    server.listen(socket);
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    world.remove();
  });

  const ask = async (request: Buffer): Promise<{ readonly front: Socket; readonly answer: string }> => {
    seal();
    const front = connect(socket);
    await once(front, 'connect');
    front.write(request);
    let answer = '';
    front.setEncoding('utf8');
    front.on('data', (chunk: string) => (answer += chunk));
    await vi.waitFor(() => expect(answer).toMatch(/\nend\n$/), { interval: 5 });
    return { front, answer };
  };

  it('answers with a plan and learns from the end of the connection that the start is over', async () => {
    const spec = world.spec('run');
    const { front, answer } = await ask(bytes('/', '-', ...world.call(idOf(spec), spec), ''));
    expect(answer.split('\n')[0]).toBe('unshare');
    expect(existsSync(world.own(idOf(spec)))).toBe(true);
    front.destroy();
    await vi.waitFor(() => expect(existsSync(world.own(idOf(spec)))).toBe(false), { interval: 5 });
  });

  it('keeps the range of a container whose start is not over', async () => {
    const spec = world.spec('run');
    const argv = world.call(idOf(spec), spec);
    const { front } = await ask(bytes('/', '-', ...argv, ''));
    const { front: second, answer } = await ask(bytes('/', '-', ...argv, ''));
    expect(answer).toMatch(/^deny\ta container with the id [0-9a-f]+ exists\nend\n$/);
    front.destroy();
    second.destroy();
  });

  it('starts nothing before the kernel is closed, and nothing for a front that is gone by then', async () => {
    const spec = world.spec('run');
    const request = bytes('/', '-', ...world.call(idOf(spec), spec), '');
    const early = connect(socket);
    early.end(request);
    early.resume();
    await once(early, 'close');
    const patient = connect(socket);
    patient.write(request);
    let answer = '';
    patient.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    await vi.waitFor(() => expect(patient.bytesWritten).toBe(request.length), { interval: 5 });
    expect(existsSync(world.own(idOf(spec)))).toBe(false);
    seal();
    await vi.waitFor(() => expect(answer).toMatch(/^unshare\n/), { interval: 5 });
    patient.destroy();
  });

  it('refuses every start when the kernel could not be closed', async () => {
    const spec = world.spec('run');
    breakSeal(new Error('the kernel of the VM is not as it must be'));
    const { front, answer } = await ask(bytes('/', '-', ...world.call(idOf(spec), spec), ''));
    expect(answer).toBe('deny\tthe kernel of the VM is not as it must be\nend\n');
    front.destroy();
  });

  it('refuses what it does not understand', async () => {
    const { front, answer } = await ask(bytes('', ''));
    expect(answer).toBe('deny\tthe request of the runtime is malformed\nend\n');
    front.destroy();
  });
});
