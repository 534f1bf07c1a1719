import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { UpdateStatus } from '../shared/contract/app.ts';
import { bulkhead, bulkheadJson } from './cli.ts';
import { expect, test } from './fake-engine/test.ts';
import { quietHome } from './homes.ts';
import { giveToAppUser } from './launch.ts';

const settingOf = async (home: string, key: string): Promise<unknown> =>
  (await bulkheadJson(home, ['settings', 'get', key])).output;

test.describe('relaunching', () => {
  test('reads the policy again, which nothing else does', async ({ launchFake }) => {
    const { app, home, policyDir } = await launchFake({ home: quietHome() });
    await expect.poll(() => settingOf(home, 'theme')).toMatchObject({ value: 'system', locked: false });
    const first = await app.evaluate(() => process.pid);
    const file = path.join(policyDir, 'admin-settings.json');
    writeFileSync(file, '{"theme": {"locked": true, "value": "dark"}}', { mode: 0o644 });
    giveToAppUser(file);
    expect(await bulkhead(home, ['restart'])).toMatchObject({ exitCode: 0 });
    expect(await settingOf(home, 'theme')).toMatchObject({ value: 'system', locked: false });
    const ended = app.waitForEvent('close');
    expect(await bulkheadJson(home, ['quit', '--relaunch'])).toEqual({ exitCode: 0, output: { ok: true, pid: first } });
    await ended;
    try {
      await expect
        .poll(() => settingOf(home, 'theme'), { timeout: 30_000 })
        .toMatchObject({ value: 'dark', source: 'adminLocked', locked: true });
    } finally {
      await bulkhead(home, ['quit']);
    }
  });
});

test.describe('looking for a newer version', () => {
  let server: Server;
  let requests: readonly string[];
  let feed: string;

  test.beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests = [...requests, `${request.method} ${request.url} ${request.headers['user-agent']}`];
      response.end(JSON.stringify({ tag_name: 'v99.0.0', html_url: 'https://example.org/releases/v99.0.0' }));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    feed = `http://127.0.0.1:${(server.address() as AddressInfo).port}/releases/latest`;
  });
  test.afterEach(() => {
    server.close();
  });

  test('happens by itself, and the window is told', async ({ launchFake }) => {
    const { page } = await launchFake({ home: quietHome(), env: { BULKHEAD_UPDATE_FEED: feed } });
    const update = () =>
      page.evaluate(async () => {
        const { bulkhead: api } = window as unknown as {
          readonly bulkhead: {
            readonly getSnapshot: () => Promise<{ readonly value: { readonly update: UpdateStatus } }>;
          };
        };
        return (await api.getSnapshot()).value.update;
      });
    await expect.poll(update).toMatchObject({ state: 'available', version: '99.0.0' });
    expect(requests).toEqual([expect.stringMatching(/^GET \/releases\/latest Bulkhead\//u)]);
  });

  test('makes not one request where the administrator has switched it off', async ({ launchFake }) => {
    const home = quietHome();
    const file = path.join(home, 'policy/admin-settings.json');
    writeFileSync(file, '{"disableUpdate": {"locked": true, "value": true}}', { mode: 0o644 });
    giveToAppUser(file);
    await launchFake({ home, env: { BULKHEAD_UPDATE_FEED: feed } });
    await expect
      .poll(async () => (await bulkheadJson(home, ['update'])).output)
      .toMatchObject({ ok: false, error: { code: 'UPDATES_OFF' } });
    expect(requests).toEqual([]);
  });

  test('goes through the proxy of the settings', async ({ launchFake }) => {
    const home = quietHome();
    const proxy = new URL(feed).origin;
    const file = path.join(home, 'policy/admin-settings.json');
    writeFileSync(file, JSON.stringify({ proxy: { locked: true, mode: 'manual', http: proxy } }), { mode: 0o644 });
    giveToAppUser(file);
    await launchFake({ home, env: { BULKHEAD_UPDATE_FEED: 'http://updates.invalid/latest' } });
    await expect.poll(async () => (await bulkheadJson(home, ['update'])).output).toMatchObject({ state: 'available' });
    expect(requests[0]).toContain('GET http://updates.invalid/latest ');
  });
});
