import type { Page } from '@playwright/test';
import { channelOf } from '../electron/bridge/channels.ts';
import type { AppSnapshot, BulkheadApi } from '../shared/contract/app.ts';
import { expect, test, type LaunchedFakeApp } from './fake-engine/test.ts';
import { homeWithPolicy, policyFileOf, quietHome, removePolicy, writePolicy } from './homes.ts';
import { expectAccessible, screens } from './looks.ts';
import { openSettings, POLICY, Settings } from './settings-page.ts';

const row = (page: Page, key: string) => page.locator(`[data-policy-key="${key}"]`);

/** Has the window told these parts of the truth, until the main process tells it another. */
async function pretend({ app, page }: LaunchedFakeApp, parts: Partial<AppSnapshot>): Promise<void> {
  const current = await page.evaluate(
    async () => await (window as unknown as { bulkhead: BulkheadApi }).bulkhead.getSnapshot(),
  );
  if (!current.ok) throw new Error(current.error.message);
  await app.evaluate(
    ({ BrowserWindow }, snapshot) => BrowserWindow.getAllWindows()[0]?.webContents.send('bulkhead:snapshot', snapshot),
    { ...current.value, ...parts },
  );
}

test('every key of the file in force has its state, value, lock and line', async ({ launchFake }) => {
  const home = homeWithPolicy(POLICY);
  const launched = await launchFake({ home });
  const { app, page } = launched;
  const settings = await openSettings(launched);
  await page.getByRole('button', { name: 'View policy' }).click();
  await expect(settings.tab('Policy')).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('heading', { name: /Policy in force/u })).toBeVisible();
  await expect(page.getByText(/quit Bulkhead and start it again/u)).toBeVisible();
  await page.getByRole('button', { name: `Copy the path ${policyFileOf(home)}` }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe(policyFileOf(home));

  await expect(row(page, 'enhancedContainerIsolation')).toContainText(/true.*Enforced.*Locked.*3/u);
  await expect(row(page, 'memoryMiB')).toContainText(/3072.*Enforced.*Default.*4/u);
  await expect(row(page, 'kubernetes.enabled')).toContainText(/false.*Not applicable.*Locked/u);
  await expect(row(page, 'extensionsEnabledd')).toContainText(/did you mean "extensionsEnabled"\?.*Unknown/u);
  await expect(row(page, 'analyticsEnabled')).toContainText('Bulkhead sends no statistics');
  await expectAccessible(page);
  await screens(page, 'policy-view');

  await page.getByRole('searchbox', { name: 'Filter keys' }).fill('proxy');
  await expect(page.getByRole('row')).toHaveCount(5);
  await page.getByRole('searchbox', { name: 'Filter keys' }).fill('');
  await page.getByRole('radio', { name: 'Unknown 1' }).click({ force: true });
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('radio', { name: /^All/u }).click({ force: true });
  await page.getByRole('button', { name: 'Show CPU limit' }).click();
  await expect(settings.field('cpus')).toBeFocused();

  await settings.open('General');
  await expect(page.getByText('Bulkhead sends no usage statistics')).toBeVisible();
  await expect(page.getByText(/Your administrator set analyticsEnabled to false/u)).toBeVisible();
});

test('without a file the searched places are named', async ({ launchFake }) => {
  const launched = await launchFake();
  const settings = await openSettings(launched);
  await settings.open('Policy');
  await expect(launched.page.getByRole('heading', { name: 'No administrator’s file' })).toBeVisible();
  await expect(launched.page.getByText(policyFileOf(launched.home))).toBeVisible();
});

test('all problems of a file that is not valid are on the Policy tab', async ({ launchFake }) => {
  const wrong =
    '{\n  "cpus": { "value": "a" },\n  "theme": { "value": 1 },\n  "swapMiB": { "locked": true },\n  "memoryMiB": 7\n}\n';
  const launched = await launchFake({ home: homeWithPolicy(wrong) });
  const { page } = launched;
  const settings = new Settings(page);
  const alert = page.getByRole('alert', { name: /The administrator’s policy is not valid/u });
  await expect(alert).toContainText('line 2');
  await alert.getByRole('button', { name: /^Show \d+ more$/u }).click();
  await expect(settings.tab('Policy')).toHaveAttribute('aria-selected', 'true');
  for (const line of [2, 3, 4, 5]) await expect(page.getByRole('tabpanel')).toContainText(`line ${line}, column`);
  await expectAccessible(page);
  await screens(page, 'policy-view-invalid');
});

test('a file that changes is announced, with the only way to read it again', async ({ launchFake }) => {
  const home = homeWithPolicy(POLICY);
  const launched = await launchFake({ home });
  const { app, page } = launched;
  await openSettings(launched);
  const banner = page.getByRole('region', { name: /Your administrator’s file/u });
  await expect(banner).toBeHidden();
  writePolicy(home, POLICY.replace('3072', '4096'));
  await expect(banner).toContainText('has changed');
  await expect(banner).toContainText(policyFileOf(home));
  await expect(banner).toContainText('a restart of the engine does not');
  await expectAccessible(page);
  await screens(page, 'policy-changed');

  // The real answer would end the app that the test looks at.
  await app.evaluate(({ ipcMain }, channel) => {
    ipcMain.removeHandler(channel);
    ipcMain.handle(channel, () => {
      Object.assign(globalThis, { relaunched: true });
      return { ok: true, value: null };
    });
  }, channelOf('quitAndRelaunch'));
  await banner.getByRole('button', { name: 'Quit and relaunch' }).click();
  await expect.poll(() => app.evaluate(() => 'relaunched' in globalThis)).toBe(true);

  removePolicy(home);
  await expect(banner).toContainText('is gone');
});

test('updates: what is known, when it was asked, and the way to the release', async ({ launchFake }) => {
  const launched = await launchFake({ home: quietHome() });
  const { page } = launched;
  const settings = new Settings(page);
  await settings.open('Software updates');
  const panel = page.getByRole('region', { name: /^Bulkhead \d/u });
  const check = panel.getByRole('button', { name: 'Check now' });
  const url = 'https://example.com/releases/9.9.9';
  const checkedAt = new Date().toISOString();
  await pretend(launched, { update: { state: 'available', version: '9.9.9', url, checkedAt } });
  await expect(panel).toContainText('Bulkhead 9.9.9 is available');
  await expect(panel).toContainText(/Last checked \d\d:\d\d/u);
  await expect(panel.getByRole('button', { name: 'Open release page' })).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'updates-available');
  await pretend(launched, { update: { state: 'failed', message: 'No answer within 10 s.', checkedAt } });
  await expect(panel).toContainText('No answer within 10 s.');
  await expect(check).toBeEnabled();
  await pretend(launched, { update: { state: 'off', message: 'Your administrator has switched it off.' } });
  await expect(check).toBeDisabled();
  await expect(check).toHaveAccessibleDescription(/Your administrator has switched it off/u);
});

test('the introduction is shown once', async ({ launchFake }) => {
  const home = quietHome();
  const first = await launchFake({ home });
  const introduction = first.page.getByRole('region', { name: 'What Enhanced Container Isolation does' });
  await expect(introduction).toBeVisible();
  await screens(first.page, 'introduction');
  await introduction.getByRole('button', { name: 'Dismiss the introduction' }).click();
  await expect(introduction).toBeHidden();
  await first.app.close();
  const second = await launchFake({ home });
  await expect(new Settings(second.page).isolation).toBeVisible();
  await expect(second.page.getByText('What Enhanced Container Isolation does')).toBeHidden();
});

test('what the engine could not do is named on its page', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  await openSettings(launched);
  await engine.show({ warnings: [{ message: 'The swap file could not be made.', remedy: 'Free space on the disk.' }] });
  await page.getByRole('button', { name: '1 warning' }).click();
  await expect(page.getByRole('region', { name: 'Not as the settings ask for' })).toContainText('Free space');
  await expectAccessible(page);
});
