import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../shared/contract/result.ts';
import { UnsafeDirectoryError } from '../shell/private-directory.ts';
import { allowance } from './allowance.ts';
import { ControlSocketTakenError, listenForControl, type Answering, type ControlServer } from './server.ts';

const uid = process.getuid?.() ?? 0;
let base: string;
let socketPath: string;
let faults: unknown[];
const servers: ControlServer[] = [];

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'bh-control-'));
  socketPath = path.join(base, 'run/control.sock');
  faults = [];
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(base, { recursive: true });
});

async function listen(answer: Answering = (request) => ok(request.method)): Promise<void> {
  servers.push(await listenForControl({ socketPath, uid, answer, onFault: (cause) => faults.push(cause) }));
}

/** Sends `text` and collects what comes back until `lines` lines have come or the server hangs up. */
function ask(text: string, lines: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let received = '';
    const found = (): unknown[] =>
      received
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line));
    const socket = net.connect(socketPath, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      received += chunk.toString();
      if (received.split('\n').length > lines) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(found()));
  });
}

const request = (id: number, method = 'snapshot'): string => `${JSON.stringify({ id, method })}\n`;

describe('the control socket', () => {
  it('belongs to its owner alone and is gone after closing', async () => {
    await listen();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(socketPath)).mode & 0o777).toBe(0o700);
    servers.pop()?.close();
    await expect.poll(() => existsSync(socketPath)).toBe(false);
  });

  it('refuses a directory that others can enter', async () => {
    mkdirSync(path.dirname(socketPath));
    chmodSync(path.dirname(socketPath), 0o755);
    await expect(listen()).rejects.toThrow(UnsafeDirectoryError);
  });

  it('replaces what a killed app left behind', async () => {
    mkdirSync(path.dirname(socketPath), { mode: 0o700 });
    const left = spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    expect(left.signal).toBe('SIGKILL');
    expect(existsSync(socketPath)).toBe(true);
    await listen();
    expect(await ask(request(1), 1)).toEqual([{ id: 1, result: ok('snapshot') }]);
  });

  it('leaves a living socket and a file that is none alone', async () => {
    await listen();
    await expect(listen()).rejects.toThrow(ControlSocketTakenError);
    expect(await ask(request(1), 1)).toHaveLength(1);
    servers.pop()?.close();
    await expect.poll(() => existsSync(socketPath)).toBe(false);
    writeFileSync(socketPath, 'precious');
    await expect(listen()).rejects.toThrow(/is not a socket/u);
    expect(statSync(socketPath).size).toBe(8);
  });
});

describe('a connection', () => {
  it('gets each answer with the id of its request', async () => {
    await listen();
    expect(await ask(request(1) + request(2, 'verify'), 2)).toEqual([
      { id: 1, result: ok('snapshot') },
      { id: 2, result: ok('verify') },
    ]);
  });

  it.each([
    ['not JSON', 'hello', null, 'not JSON'],
    ['an unknown method', '{"id":1,"method":"format"}', 1, 'method'],
    ['an extra field', '{"id":1,"method":"snapshot","as":"root"}', 1, 'Unrecognized key'],
    ['a missing field', '{"id":1,"method":"start"}', 1, 'wait'],
    ['a prototype', '{"id":1,"method":"changeSettings","patch":{"__proto__":{"a":1}}}', 1, 'prototype'],
    ['a negative id', '{"id":-1,"method":"snapshot"}', null, 'id'],
  ])('is told about %s', async (_name, line, id, why) => {
    await listen();
    expect(await ask(`${line}\n`, 1)).toMatchObject([
      { id, result: { ok: false, error: { code: 'INVALID', message: expect.stringContaining(why) as string } } },
    ]);
  });

  it('is cut off when a line is too long', async () => {
    await listen();
    expect(await ask('x'.repeat(70_000), 100)).toMatchObject([{ id: null, result: { ok: false } }]);
  });

  it('may have only so many requests unanswered', async () => {
    await listen(() => new Promise(() => undefined));
    const text = Array.from({ length: 9 }, (_, index) => request(index)).join('');
    expect(await ask(text, 1)).toMatchObject([{ id: 8, result: { ok: false, error: { code: 'BUSY' } } }]);
  });

  it('gets an answer also when the app fails', async () => {
    await listen(() => Promise.reject(new Error('broken')));
    expect(await ask(request(1), 1)).toMatchObject([{ id: 1, result: { ok: false, error: { code: 'INTERNAL' } } }]);
    expect(faults).toHaveLength(1);
  });
});

describe('allowance', () => {
  it('lets a burst through, then the rate', () => {
    let now = 0;
    const may = allowance(2, 10, () => now);
    expect([may(), may(), may()]).toEqual([true, true, false]);
    now = 100;
    expect([may(), may()]).toEqual([true, false]);
    now = 100_000;
    expect([may(), may(), may()]).toEqual([true, true, false]);
  });
});
