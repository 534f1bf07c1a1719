import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpdateStatus } from '../../shared/contract/app.ts';
import { updateMemory } from './memory.ts';
import { createUpdates, type DailyUpdates } from './updates.ts';

const DAY_MS = 24 * 60 * 60_000;
const NOW = Date.parse('2026-11-22T05:00:00.000Z');
const url = 'https://example.org/releases/v1.3.0';
const release = (version: string, more: object = {}): string =>
  JSON.stringify({ tag_name: `v${version}`, html_url: url, name: 'A release', assets: [], ...more });

let directory: string;
let server: Server;
let address: string;
let requests: number;
let answer: { readonly status: number; readonly body: string } | null;
const opened: DailyUpdates[] = [];

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'updates-'));
  requests = 0;
  answer = { status: 200, body: release('1.3.0') };
  server = createServer((_request, response) => {
    requests += 1;
    // A null answer never comes.
    if (answer !== null) response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

function open({ feed = true, version = '1.2.0', now = (): number => NOW } = {}) {
  let off: string | null = null;
  let tell = (): void => undefined;
  const updates = createUpdates({
    fetchFeed: feed
      ? async (signal) => {
          const response = await fetch(address, { signal });
          if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
          return response.text();
        }
      : null,
    version,
    refusal: () => off,
    onRefusalChange: (listener) => {
      tell = listener;
    },
    memory: updateMemory(directory),
    now,
  });
  opened.push(updates);
  const switchOff = (reason: string | null): void => {
    off = reason;
    tell();
  };
  return { updates, switchOff };
}

const AVAILABLE: UpdateStatus = { state: 'available', version: '1.3.0', url, checkedAt: new Date(NOW).toISOString() };

describe('checking for updates', () => {
  it('happens by itself at the first launch, once', async () => {
    const { updates } = open();
    expect(updates.status()).toEqual({ state: 'unknown' });
    await expect.poll(updates.status).toEqual(AVAILABLE);
    expect(requests).toBe(1);
  });

  it('does not happen again within a day, also at another launch, which knows the outcome', async () => {
    expect((await open().updates.check()).ok).toBe(true);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { updates } = open({ now: () => NOW + DAY_MS - 60_000 });
    expect(updates.status()).toEqual(AVAILABLE);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(updates.status().state).toBe('available');
    expect(requests).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(updates.status().state).toBe('checking');
  });

  it('happens whenever it is asked for, and once for two who ask together', async () => {
    const { updates } = open();
    const [first, second] = await Promise.all([updates.check(), updates.check()]);
    expect(first).toEqual({ ok: true, value: AVAILABLE });
    expect(second).toEqual(first);
    expect(requests).toBe(1);
    await updates.check();
    expect(requests).toBe(2);
  });

  it.each([
    ['this version', release('1.2.0')],
    ['an older one', release('1.1.9')],
    ['a draft', release('9.0.0', { draft: true })],
    ['a preview', release('9.0.0', { prerelease: true })],
  ])('finds nothing newer in %s', async (_, body) => {
    answer = { status: 200, body };
    expect(await open().updates.check()).toMatchObject({ ok: true, value: { state: 'upToDate' } });
  });

  it('does not offer the version that runs, once it was installed', async () => {
    await open().updates.check();
    expect(open({ version: '1.3.0' }).updates.status()).toMatchObject({ state: 'upToDate' });
  });

  it.each([
    ['no JSON', { status: 200, body: '<html>' }],
    ['another shape', { status: 200, body: '{}' }],
    ['a page that is not https', { status: 200, body: release('1.3.0', { html_url: 'file:///etc/passwd' }) }],
    ['no version', { status: 200, body: release('latest') }],
    ['an error', { status: 500, body: release('1.3.0') }],
  ])('says that it failed at %s, and tries again on demand', async (_, given) => {
    answer = given;
    const { updates } = open();
    expect(await updates.check()).toMatchObject({ ok: false, error: { code: 'UPDATE_FAILED' } });
    expect(updates.status()).toMatchObject({ state: 'failed', checkedAt: AVAILABLE.checkedAt });
    answer = { status: 200, body: release('1.3.0') };
    expect(await updates.check()).toEqual({ ok: true, value: AVAILABLE });
  });

  it('tells its listeners of the beginning and the end', async () => {
    const { updates } = open();
    const states: string[] = [];
    updates.subscribe(() => states.push(updates.status().state));
    await updates.check();
    expect(states).toEqual(['checking', 'available']);
  });

  it('survives a file of the last check that makes no sense', async () => {
    writeFileSync(path.join(directory, 'update-check.json'), '{"at": "yesterday"}');
    const { updates } = open();
    await updates.check();
    expect(JSON.parse(readFileSync(path.join(directory, 'update-check.json'), 'utf8'))).toMatchObject({ at: NOW });
  });
});

describe('updates that are switched off', () => {
  it('make not one request, on demand neither', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { updates, switchOff } = open();
    switchOff('Your administrator has switched updates off.');
    expect(updates.status()).toEqual({ state: 'off', message: 'Your administrator has switched updates off.' });
    expect(await updates.check()).toMatchObject({ ok: false, error: { code: 'UPDATES_OFF' } });
    await vi.advanceTimersByTimeAsync(3 * DAY_MS);
    expect(requests).toBe(0);
    switchOff(null);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await expect.poll(() => requests).toBe(1);
  });

  it('break off the request under way, whose answer counts no more', async () => {
    answer = null;
    const { updates, switchOff } = open();
    const checked = updates.check();
    await expect.poll(() => requests).toBe(1);
    switchOff('Off.');
    expect(await checked).toMatchObject({ ok: false, error: { code: 'UPDATES_OFF' } });
    switchOff(null);
    expect(updates.status().state).not.toBe('failed');
  });

  it('are so in a build without a feed', async () => {
    const { updates } = open({ feed: false });
    expect(updates.status()).toMatchObject({ state: 'off', message: expect.stringContaining('no place') as unknown });
    expect(await updates.check()).toMatchObject({ ok: false, error: { code: 'UPDATES_OFF' } });
    expect(requests).toBe(0);
  });
});
