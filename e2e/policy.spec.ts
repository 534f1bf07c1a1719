import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { BulkheadApi } from '../shared/contract/app.ts';
import { bulkhead, bulkheadJson } from './cli.ts';
import { expect, test } from './fake-engine/test.ts';
import { makeHome } from './launch.ts';
import {
  editSettingsFile,
  homeWithPolicy,
  ISOLATION_LOCKED_ON,
  policyFileOf,
  removePolicy,
  settingsFileOf,
  writePolicy,
} from './homes.ts';

const CHECKBOX = { name: 'Use Enhanced Container Isolation' };

/** Sends a message as a page would that a stranger has taken over. */
const forge = (page: Page, patch: unknown): Promise<unknown> =>
  page.evaluate(async (forged) => {
    const { bulkhead: api } = window as unknown as { bulkhead: BulkheadApi };
    return await api.applySettings(forged as Parameters<BulkheadApi['applySettings']>[0], { removeContainers: false });
  }, patch);

const refused = (code: string): Record<string, unknown> => ({ ok: false, error: { code } });

test.describe('a locked setting', () => {
  test('is on, cannot be changed in the window, and says who locked it where', async ({ launchFake }) => {
    const { page, home } = await launchFake({ home: homeWithPolicy(ISOLATION_LOCKED_ON) });
    const checkbox = page.getByRole('checkbox', CHECKBOX);
    await expect(checkbox).toBeChecked();
    await expect(checkbox).toBeDisabled();
    await checkbox.click({ force: true });
    await expect(checkbox).toBeChecked();
    await expect(page.getByText('Locked by your administrator').first()).toBeVisible();
    await expect(checkbox).toHaveAccessibleDescription(/Locked by your administrator/u);
    await expect(checkbox).toHaveAccessibleDescription(new RegExp(policyFileOf(home), 'u'));
  });

  test('opens no other door: forged message, command line, edited file', async ({ launchFake }) => {
    const home = homeWithPolicy(ISOLATION_LOCKED_ON);
    editSettingsFile(home, { schemaVersion: 1, enhancedContainerIsolation: false, startEngineOnLaunch: false });
    const { page, engine } = await launchFake({ home });

    expect(await forge(page, { enhancedContainerIsolation: false })).toMatchObject(refused('LOCKED'));
    expect(await forge(page, { enhancedContainerIsolation: false, theme: 'dark' })).toMatchObject(refused('LOCKED'));
    // Asking for what holds anyway is no attempt to change it.
    expect(await forge(page, { enhancedContainerIsolation: true })).toMatchObject({ ok: true, value: { changed: [] } });

    const set = await bulkheadJson(home, ['settings', 'set', 'enhancedContainerIsolation', 'false']);
    expect(set).toMatchObject({ exitCode: 1, output: refused('LOCKED') });
    const spoken = await bulkhead(home, ['settings', 'set', 'enhancedContainerIsolation', 'false']);
    expect(spoken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(spoken.stderr).toContain(policyFileOf(home));

    const status = await bulkheadJson(home, ['status']);
    expect(status.output).toMatchObject({
      state: 'stopped',
      eci: { configured: true, source: 'adminLocked', locked: true, policyPath: policyFileOf(home) },
    });
    // The engine starts with what is locked, and nothing that was refused has touched it.
    expect(await bulkheadJson(home, ['restart'])).toMatchObject({ exitCode: 0, output: { state: 'running' } });
    expect(await engine.calls()).toEqual(['recover {"isolation":true}', 'start {"isolation":true}']);
  });

  test("goes with the policy, and the user's own value is back", async ({ launchFake }) => {
    const home = homeWithPolicy(ISOLATION_LOCKED_ON);
    editSettingsFile(home, { schemaVersion: 1, enhancedContainerIsolation: false, startEngineOnLaunch: false });
    const first = await launchFake({ home });
    await expect(first.page.getByRole('checkbox', CHECKBOX)).toBeChecked();
    expect(await forge(first.page, { theme: 'dark' })).toMatchObject({ ok: true });
    await first.app.close();
    expect(JSON.parse(readFileSync(settingsFileOf(home), 'utf8'))).toMatchObject({ enhancedContainerIsolation: false });

    removePolicy(home);
    const second = await launchFake({ home });
    const checkbox = second.page.getByRole('checkbox', CHECKBOX);
    await expect(checkbox).not.toBeChecked();
    await expect(checkbox).toBeEnabled();
    expect(await forge(second.page, { enhancedContainerIsolation: true })).toMatchObject({ ok: true });
  });

  test('stays locked while the app runs, also when the file goes away', async ({ launchFake }) => {
    const home = homeWithPolicy(ISOLATION_LOCKED_ON);
    const { page } = await launchFake({ home });
    removePolicy(home);
    expect(await bulkheadJson(home, ['restart'])).toMatchObject({ exitCode: 0 });
    expect(await forge(page, { enhancedContainerIsolation: false })).toMatchObject(refused('LOCKED'));
  });
});

test.describe('a policy that cannot be obeyed', () => {
  const isolationOnLine3 = '{\n  "configurationFileVersion": 2,\n  "enhancedContainerIsolation": tru\n}\n';

  test('keeps the engine stopped and names file, line, column and reason', async ({ launchFake }) => {
    const home = homeWithPolicy(isolationOnLine3);
    const { page, engine } = await launchFake({ home });
    const alert = page.getByRole('alert').filter({ hasText: policyFileOf(home) });
    await expect(alert).toBeVisible();
    await expect(alert).toContainText(/line 3, column \d+/u);

    const start = await bulkheadJson(home, ['start', '--headless']);
    expect(start).toMatchObject({ exitCode: 1, output: refused('POLICY_INVALID') });
    const policy = await bulkheadJson(home, ['policy', 'status']);
    expect(policy).toMatchObject({ exitCode: 1, output: { kind: 'invalid', problems: [{ line: 3 }] } });
    const spoken = await bulkhead(home, ['policy', 'status']);
    expect(spoken.stdout).toMatch(new RegExp(`^${policyFileOf(home)}:3:\\d+: `, 'mu'));

    for (const method of ['startEngine', 'restartEngine'] as const) {
      const answer = await page.evaluate(
        async (name) => await (window as unknown as { bulkhead: BulkheadApi }).bulkhead[name](),
        method,
      );
      expect(answer).toMatchObject(refused('POLICY_INVALID'));
    }
    expect(await engine.calls()).toEqual(['recover null']);
  });

  for (const [name, text, mode] of [
    ['one that everybody may write', ISOLATION_LOCKED_ON, 0o666],
    ['an empty one', '', 0o644],
    ['a lock without a value', '{"configurationFileVersion":2,"enhancedContainerIsolation":{"locked":true}}', 0o644],
    ['a wrong type', '{"configurationFileVersion":2,"enhancedContainerIsolation":{"value":"on","locked":true}}', 0o644],
  ] as const) {
    test(`fails closed: ${name}`, async ({ launchFake }) => {
      const home = makeHome();
      writePolicy(home, text, mode);
      const { page, engine } = await launchFake({ home });
      await expect(page.getByRole('alert').filter({ hasText: policyFileOf(home) })).toBeVisible();
      expect(await bulkheadJson(home, ['status'])).toMatchObject({ output: { state: 'stopped', policy: 'invalid' } });
      expect(await forge(page, { enhancedContainerIsolation: true })).toMatchObject(refused('POLICY_INVALID'));
      expect(await engine.calls()).toEqual(['recover null']);
    });
  }
});

test('without a policy the setting is free', async ({ launchFake }) => {
  const { page, home } = await launchFake();
  await expect(page.getByRole('checkbox', CHECKBOX)).toBeEnabled();
  expect(await bulkheadJson(home, ['policy', 'status'])).toMatchObject({
    exitCode: 0,
    output: { kind: 'none', searched: [policyFileOf(home)] },
  });
});
