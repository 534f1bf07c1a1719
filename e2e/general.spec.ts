import { readFileSync, writeFileSync } from 'node:fs';
import { channelOf } from '../electron/bridge/channels.ts';
import { expect, test } from './fake-engine/test.ts';
import { General, NO_BOOT, openGeneral } from './general-page.ts';
import { expectAccessible, screens } from './looks.ts';
import { tabTo } from './settings-page.ts';
import { makeHome } from './launch.ts';
import { editSettingsFile, homeWithPolicy, ISOLATION_LOCKED_ON, policyFileOf, settingsFileOf } from './homes.ts';

test('from the checkbox to the measured uid_map', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  const general = await openGeneral(launched);

  await expect(general.isolation).not.toBeChecked();
  await expect(general.plan).toHaveText('No changes');
  await expect(general.apply('Apply')).toBeDisabled();
  await expect(general.cancel).toBeDisabled();
  await expectAccessible(page);
  await screens(page, 'general-unlocked');

  await general.isolation.click();
  await expect(general.plan).toHaveText('1 change · the VM restarts, 2 running containers stop');
  await expect(general.apply('Apply & restart')).toBeEnabled();
  await expect(general.isolation).toHaveAccessibleDescription(/Now off; not applied yet/u);
  await screens(page, 'general-changed');

  await general.apply('Apply & restart').click();
  await expect(general.dialog).toBeVisible();
  await expect(general.dialog.getByRole('heading', { name: '3 containers stay as they were made' })).toBeVisible();
  await expect(general.dialog.getByRole('row')).toContainText([
    'Container',
    'shop-db-1',
    'shop-web-1',
    'admiring_hopper',
  ]);
  await expect(general.dialog).toContainText('docker inspect keeps saying how they were made');
  await expectAccessible(page);
  await screens(page, 'general-review');

  await engine.pauseAt('engine');
  await general.inDialog('Apply & restart').click();
  await expect(general.step('boot')).toHaveAttribute('data-status', 'done');
  await expect(general.step('engine')).toHaveAttribute('data-status', 'running');
  await expect(general.step('verify')).toHaveAttribute('data-status', 'waiting');
  await expect(general.step('boot')).toContainText(/[\d.]+ s/u);
  await expect(general.dialog.getByRole('status').first()).toContainText(/^Step \d of \d: Start Docker Engine$/u);
  await expect(general.engineCard).toContainText('Engine starting');
  await expectAccessible(page);
  await screens(page, 'general-applying');

  await engine.resume();
  await expect(general.dialog.getByRole('heading', { name: 'Containers are isolated' })).toBeVisible();
  await expect(general.dialog.getByRole('region', { name: 'Measurement' })).toContainText('uid_map 0 100000 65536');
  await expect(general.dialog).toContainText(/of a probe container at \d\d:\d\d:\d\d · runtime sysbox-runc/u);
  await expectAccessible(page);
  await screens(page, 'general-done');

  await general.inDialog('Done').click();
  await expect(general.dialog).toBeHidden();
  await expect(general.isolation).toBeChecked();
  await expect(general.isolation).toHaveAccessibleDescription(/uid_map 0 → 100000, 65536 ids/u);
  await expect(general.engineCard).toContainText('root in containers → uid 100000');
  expect(await engine.calls()).toContain('restart {"isolation":true} removeContainers=false');
});

test('a locked setting stays as it is, and says who locked it where', async ({ launchFake }) => {
  const home = homeWithPolicy(ISOLATION_LOCKED_ON);
  const launched = await launchFake({ home });
  const { page } = launched;
  const general = await openGeneral(launched);

  await expect(page.getByText('Some settings are managed by your administrator.')).toBeVisible();
  await expect(page.getByText('1 setting on this page.')).toBeVisible();
  await expect(page.getByText('Managed', { exact: true })).toBeVisible();
  await expect(general.isolation).toBeChecked();
  await expect(general.isolation).toBeDisabled();
  const reason = `Locked by your administrator in ${policyFileOf(home)} line 1`;
  await expect(general.isolation).toHaveAccessibleDescription(new RegExp(reason, 'u'));

  await expectAccessible(page);
  await screens(page, 'general-locked');

  // It can be reached, so that its reason can be heard, and refuses.
  await general.isolation.focus();
  await expect(general.isolation).toBeFocused();
  await page.keyboard.press('Space');
  await general.isolation.click({ force: true });
  await expect(general.isolation).toBeChecked();
  await expect(general.plan).toHaveText('No changes');
});

test('a failure names the step, the reason and the way on; Retry brings the engine up', async ({ launchFake }) => {
  const launched = await launchFake();
  const { app, page, engine } = launched;
  const general = await openGeneral(launched);
  await engine.setLog('BOOTING\nVFS: Cannot open root device\n');
  await engine.failAt('boot', NO_BOOT);

  await general.applyIsolation();
  await expect(general.dialog.getByRole('heading', { name: '“Boot the VM” failed' })).toBeVisible();
  await expect(general.dialog.getByRole('alert')).toContainText(NO_BOOT.message);
  await expect(general.dialog.getByRole('alert')).toContainText(NO_BOOT.remedy);
  await expect(general.step('boot')).toHaveAttribute('data-status', 'failed');
  await expect(general.step('verify')).toContainText('not reached');
  await expect(general.dialog).toContainText('Your change is saved. The engine is stopped, so no container runs.');
  await expect(general.engineCard).toContainText('Engine failed');
  await expectAccessible(page);
  await screens(page, 'general-failed');

  await general.inDialog('Show log').click();
  await expect(general.dialog.getByRole('region', { name: 'End of the engine log' })).toContainText('Cannot open root');
  await general.dialog.getByRole('button', { name: 'Copy the log' }).click();
  await expect(general.dialog.getByText('Copied')).toBeVisible();
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toContain('VFS: Cannot open root device');
  await expectAccessible(page);
  await screens(page, 'general-failed-log');

  await general.inDialog('Retry').click();
  await expect(general.dialog.getByRole('heading', { name: 'Containers are isolated' })).toBeVisible();
  expect((await engine.calls()).filter((call) => call.includes('{"isolation":true}'))).toHaveLength(2);
});

test('cancelling before the point of no return leaves the VM, the setting and the draft', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  const general = await openGeneral(launched);
  await engine.pauseAt('image');

  await general.applyIsolation();
  await expect(general.dialog).toContainText('Cancel leaves the VM and the setting as they are.');
  await general.inDialog('Cancel').click();
  await expect(general.dialog.getByRole('heading', { name: 'Cancelled' })).toBeVisible();
  await expect(general.dialog).toContainText('The VM runs on as it was');
  await expectAccessible(page);
  await general.inDialog('Close').click();

  await expect(general.engineCard).toContainText('Not isolated');
  await expect(general.isolation).toBeChecked();
  await expect(general.apply('Apply & restart')).toBeEnabled();
  await general.cancel.click();
  await expect(general.isolation).not.toBeChecked();
  await expect(general.plan).toHaveText('No changes');
});

test('after the point of no return there is nothing to cancel', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await launched.engine.pauseAt('powerOff');
  await general.applyIsolation();
  await expect(general.step('powerOff')).toHaveAttribute('data-status', 'running');
  await expect(general.inDialog('Cancel')).toBeDisabled();
  await expect(general.inDialog('Cancel')).toHaveAccessibleDescription(/Past the point of no return/u);
  await launched.engine.resume();
  await expect(general.inDialog('Done')).toBeVisible();
});

test('a hidden restart goes on, and its progress can be shown again', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  const general = await openGeneral(launched);
  await engine.pauseAt('boot');
  await general.applyIsolation();
  await general.inDialog('Hide').click();
  await expect(general.dialog).toBeHidden();
  await expect(general.engineCard).toContainText('Boot the VM');
  await page.getByRole('button', { name: 'Progress' }).click();
  await expect(general.step('boot')).toHaveAttribute('data-status', 'running');
  await page.keyboard.press('Escape');
  await expect(general.dialog).toBeHidden();
  await engine.resume();
  await expect(general.engineCard).toContainText('Isolated');
});

test('containers are removed only on request', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await general.isolation.click();
  await general.apply('Apply & restart').click();
  await general.dialog.getByRole('checkbox', { name: 'Remove these 3 containers first' }).click();
  await expect(general.dialog).toContainText('3 containers will be removed.');
  await general.inDialog('Apply & restart').click();
  await expect(general.inDialog('Done')).toBeVisible();
  expect(await launched.engine.calls()).toContain('restart {"isolation":true} removeContainers=true');
});

test('a policy that is not valid is shown with its place, and stops the engine', async ({ launchFake }) => {
  const home = homeWithPolicy(
    '{\n  "configurationFileVersion": 2,\n  "enhancedContainerIsolation": { "value": "yes", "locked": true }\n}\n',
  );
  const { page } = await launchFake({ home });
  const general = new General(page);
  const problem = page.getByRole('alert', { name: /The administrator’s policy is not valid/u });
  await expect(problem).toContainText(policyFileOf(home));
  await expect(problem).toContainText('line 3, column 44');
  await expect(problem).toContainText('enhancedContainerIsolation');
  await expect(problem).toContainText('"value": "yes"');
  await expect(problem).toContainText('quit Bulkhead and start it again');
  await expect(general.engineCard).toContainText('Engine stopped');
  await expect(general.engineCard.getByRole('button', { name: 'Start' })).toBeDisabled();
  await expect(general.isolation).toBeDisabled();
  await expect(general.isolation).toHaveAccessibleDescription(/Can’t be changed until/u);
  await expectAccessible(page);
  await screens(page, 'general-policy-invalid');

  await page.getByRole('radio', { name: 'Dark' }).click({ force: true });
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
});

test('the theme takes effect at once and without the footer', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, home } = launched;
  const general = await openGeneral(launched);
  await page.emulateMedia({ colorScheme: null });
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole('radio', { name: 'Dark' }).click({ force: true });
  await expect.poll(background).toBe('rgb(23, 24, 27)');
  await page.getByRole('radio', { name: 'Light' }).click({ force: true });
  await expect.poll(background).toBe('rgb(246, 246, 247)');
  await expect(general.plan).toHaveText('No changes');
  expect(JSON.parse(readFileSync(settingsFileOf(home), 'utf8'))).toMatchObject({ theme: 'light' });
});

test('a change that restarts nothing is saved in place', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await general.startOnLaunch.click();
  await expect(general.plan).toHaveText('1 change · nothing restarts');
  await general.apply('Apply').click();
  await expect(general.plan).toHaveText('Saved');
  await expect(general.dialog).toBeHidden();
  expect((await launched.engine.calls()).filter((call) => call.startsWith('restart'))).toEqual([]);
});

test('while the engine is stopped, a change waits for its next start', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await general.engineCard.getByRole('button', { name: 'Stop' }).click();
  await expect(general.engineCard).toContainText('Engine stopped');
  await general.isolation.click();
  await expect(general.plan).toHaveText('1 change · in force when the engine next starts');
  await general.apply('Apply').click();
  await expect(general.plan).toHaveText('Saved');
  await general.engineCard.getByRole('button', { name: 'Start' }).click();
  await expect(general.engineCard).toContainText('Isolated');
});

test('the engine page shows what is known and measures again', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  await openGeneral(launched);
  await engine.setLog('The last line of the log.\n');
  await page.getByRole('button', { name: 'Engine', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Engine' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Measurement' })).toContainText('uid_map 0 0 4294967295');
  await expect(page.getByRole('region', { name: 'End of the engine log' })).toContainText('The last line of the log.');
  await page.getByRole('button', { name: 'Measure now' }).click();
  await expect(page.getByRole('button', { name: 'Measure now' })).toBeEnabled();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expectAccessible(page);
  await screens(page, 'general-engine');
});

test('a settings file that was set aside is said, until that is dismissed', async ({ launchFake }) => {
  const home = makeHome();
  editSettingsFile(home, {});
  writeFileSync(settingsFileOf(home), '{ "theme": ');
  const { page } = await launchFake({ home });
  const notices = page.getByRole('list', { name: 'Notices' });
  await expect(notices).toContainText(/settings file/u);
  await expect(notices).toContainText(home);
  await expectAccessible(page);
  await screens(page, 'general-notice');
  await notices.getByRole('button', { name: 'Dismiss' }).click();
  await expect(notices).toBeHidden();
});

test('a main process that does not answer is shown where the question was asked', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await launched.app.evaluate(({ ipcMain }, channel) => ipcMain.removeHandler(channel), channelOf('stopEngine'));
  await general.engineCard.getByRole('button', { name: 'Stop' }).click();
  await expect(general.engineCard.getByRole('alert')).toContainText('main process did not answer');
});

test('the whole journey with the keyboard alone', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page } = launched;
  const general = await openGeneral(launched);
  await tabTo(page, general.isolation);
  await page.keyboard.press('Space');
  await expect(general.isolation).toBeChecked();
  await tabTo(page, general.apply('Apply & restart'));
  await page.keyboard.press('Enter');
  await expect(general.dialog.getByRole('heading', { level: 2 })).toBeFocused();
  await tabTo(page, general.inDialog('Apply & restart'));
  await page.keyboard.press('Enter');
  await expect(general.dialog.getByRole('heading', { name: 'Containers are isolated' })).toBeFocused();
  await tabTo(page, general.inDialog('Done'));
  await page.keyboard.press('Enter');
  await expect(general.dialog).toBeHidden();
  // The button that opened the dialog has the focus again, under the name that it has now.
  await expect(general.apply('Apply')).toBeFocused();
});

test('everything is within reach at twice the size, and in a contrast theme', async ({ launchFake }) => {
  const launched = await launchFake();
  const general = await openGeneral(launched);
  await launched.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(2));
  await general.isolation.click();
  await expect(general.apply('Apply & restart')).toBeInViewport({ ratio: 1 });
  await expect(general.engineCard.getByRole('button', { name: 'Restart' })).toBeVisible();
  const overflow = await launched.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await launched.page.emulateMedia({ forcedColors: 'active' });
  await expectAccessible(launched.page);
});
