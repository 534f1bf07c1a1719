import { readFileSync } from 'node:fs';
import { expect, test } from './fake-engine/test.ts';
import { editSettingsFile, homeWithPolicy, settingsFileOf, writePolicy } from './homes.ts';
import { makeHome } from './launch.ts';
import { expectAccessible, screens } from './looks.ts';
import { openSettings, PLACES, POLICY, tabTo } from './settings-page.ts';

test('every tab is there, and the arrow keys go through them', async ({ launchFake }) => {
  test.setTimeout(240_000);
  const launched = await launchFake();
  const { page } = launched;
  const settings = await openSettings(launched);
  await settings.tab('General').focus();
  for (const name of [
    'Resources',
    'Docker Engine',
    'Software updates',
    'Notifications',
    'Policy',
    'General',
  ] as const) {
    await page.keyboard.press('ArrowRight');
    await expect(settings.tab(name)).toBeFocused();
    await expect(settings.tab(name)).toHaveAttribute('aria-selected', 'true');
  }
  await page.keyboard.press('End');
  await expect(settings.tab('Policy')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(settings.tab('General')).toBeFocused();

  for (const { tab, section, name } of PLACES) {
    await settings.open(tab, section);
    await expectAccessible(page);
    await screens(page, `settings-${name}`);
  }
});

test('what an administrator has locked is said on each tab, row and group', async ({ launchFake }) => {
  test.setTimeout(240_000);
  const launched = await launchFake({ home: homeWithPolicy(POLICY) });
  const { page } = launched;
  const settings = await openSettings(launched);
  for (const { tab, section, name } of PLACES) {
    await settings.open(tab, section);
    await expectAccessible(page);
    await screens(page, `locked-${name}`);
  }

  await settings.open('Resources', 'Advanced');
  await expect(page.getByText('Some settings are managed by your administrator.')).toBeVisible();
  await expect(settings.field('cpus')).toHaveAttribute('readonly', '');
  await expect(settings.field('cpus')).toHaveAccessibleDescription(/Locked by your administrator in .* line 5/u);
  await expect(settings.reason('memoryMiB')).toContainText('Default set by your administrator');

  await settings.section('Proxies').click();
  const group = page.getByRole('group', { name: 'Bulkhead proxy', exact: true });
  await expect(group.getByText('Locked by your administrator')).toHaveCount(1);
  await expect(settings.field('proxyHttp')).toHaveValue('http://proxy.example:3128');
  await expect(settings.field('proxyHttp')).toHaveAccessibleDescription(/Locked by your administrator/u);
  await expect(group.getByRole('textbox', { name: 'Entry 1' })).toHaveValue('*.example.com');

  await settings.open('Docker Engine');
  await settings.field('dockerDaemonOptions').focus();
  await page.keyboard.type('x');
  await expect(settings.field('dockerDaemonOptions')).toHaveValue('{"debug": false}');
  await expect(settings.plan).toHaveText('No changes');
});

test('a value that is not valid is said at once, and keeps Apply from being pressed', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page } = launched;
  const settings = await openSettings(launched);
  await settings.open('Resources', 'Advanced');

  await settings.field('memoryMiB').fill('much');
  await expect(settings.reason('memoryMiB')).toContainText('Expected from 1 GB to');
  await expect(settings.plan).toHaveText('Memory limit: not a valid value yet');
  await expect(settings.apply('Apply')).toBeDisabled();
  await expect(settings.apply('Apply')).toHaveAccessibleDescription(/Memory limit/u);
  await expectAccessible(page);
  await screens(page, 'settings-invalid');

  await settings.open('General');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(settings.field('memoryMiB')).toBeFocused();
  await expect(settings.field('memoryMiB')).toHaveValue('much');

  await settings.field('memoryMiB').fill('1.5 GB');
  await expect(settings.apply('Apply & restart')).toBeEnabled();
  await settings.reason('memoryMiB').getByRole('button', { name: 'Undo' }).click();
  await expect(settings.field('memoryMiB')).toHaveValue('2 GB');
  await expect(settings.plan).toHaveText('No changes');

  await settings.row('swapMiB').getByRole('slider').focus();
  await page.keyboard.press('ArrowRight');
  await expect(settings.field('swapMiB')).toHaveValue('1.25 GB');
});

test('lists, texts and numbers go through one review to the engine', async ({ launchFake }) => {
  const launched = await launchFake();
  const { app, page, engine } = launched;
  const settings = await openSettings(launched);
  await settings.open('Resources', 'File sharing');
  const adder = settings.field('sharedDirectories');
  await app.evaluate(({ clipboard }) => clipboard.writeText('/srv/data\nhere\n  /opt/tools  \n'));
  await adder.focus();
  await page.keyboard.press('Control+V');
  const entry = (number: number) => settings.row('sharedDirectories').getByRole('textbox', { name: `Entry ${number}` });
  await expect(entry(4)).toHaveValue('/opt/tools');
  await expect(entry(3)).toHaveAccessibleDescription(/an absolute path/u);
  await expect(settings.plan).toHaveText('Virtual file shares: not a valid value yet');
  await screens(page, 'settings-list-invalid');
  await page.getByRole('button', { name: 'Remove here' }).click();
  await expect(adder).toBeFocused();
  await page.getByRole('button', { name: 'Remove $HOME' }).click();
  await adder.fill('/mnt');
  await page.keyboard.press('Enter');
  await expect(entry(3)).toHaveValue('/mnt');

  await settings.section('Proxies').click();
  await expect(settings.row('proxyHttp')).toBeHidden();
  await settings.choice('proxyMode', 'Manual configuration').click({ force: true });
  await settings.field('proxyHttp').fill('proxy:3128');
  await expect(settings.reason('proxyHttp')).toContainText('a URL such as');
  await settings.field('proxyHttp').fill('http://proxy.example:3128');
  await expectAccessible(page);
  await screens(page, 'settings-proxy-manual');

  await settings.apply('Apply & restart').click();
  await expect(settings.dialog.getByRole('heading', { name: 'Apply 3 changes and restart the VM?' })).toBeVisible();
  await expect(settings.dialog.getByRole('listitem')).toContainText([/Virtual file shares/u, /removed: \$HOME/u]);
  await expect(settings.dialog).toContainText('added: /srv/data');
  await expect(settings.dialog).toContainText(/System proxy →becomes Manual configuration/u);
  await expectAccessible(page);
  await screens(page, 'settings-review');
  await settings.inDialog('Apply & restart').click();
  await settings.inDialog('Done').click();
  const config = await engine.config();
  expect(config?.vm.proxy).toMatchObject({ http: 'http://proxy.example:3128' });
  expect(config?.vm.sharedDirectories.map(({ path }) => path)).toEqual(['/srv/data', '/opt/tools', '/mnt']);
  await expect(settings.reason('proxyMode')).toContainText('Reset to the default: System proxy');
});

test('the editor of the engine names every mistake with its place', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page } = launched;
  const settings = await openSettings(launched);
  await settings.open('Docker Engine');
  const editor = settings.field('dockerDaemonOptions');
  await editor.fill('{\n  "debug": true,\n  "hosts": ["tcp://0.0.0.0:2375"],\n  "mtu": "big"\n}');
  await expect(settings.row('dockerDaemonOptions')).toContainText('2 mistakes');
  await expect(editor).toHaveAccessibleDescription(/Line 3, column 3.*"hosts" may not be set/u);
  await expect(settings.apply('Apply & restart')).toBeDisabled();
  await expectAccessible(page);
  await screens(page, 'settings-json-mistakes');
  await page.getByRole('button', { name: 'Line 4, column 10' }).click();
  await expect(editor).toBeFocused();
  expect(await editor.evaluate((element: HTMLTextAreaElement) => element.selectionStart)).toBe(63);

  await editor.fill('{"debug":true,"mtu":1400}');
  await expect(settings.row('dockerDaemonOptions')).toContainText('No mistakes');
  await page.getByRole('button', { name: 'Format' }).click();
  await expect(editor).toHaveValue('{\n  "debug": true,\n  "mtu": 1400\n}');
  await settings.apply('Apply & restart').click();
  await expect(settings.dialog).toContainText('added: "debug": true');
  await settings.inDialog('Apply & restart').click();
  await settings.inDialog('Done').click();
  expect((await launched.engine.config())?.vm.daemonOptions).toEqual({ debug: true, mtu: 1400 });
});

test("a reset goes to the administrator's default where there is one, and is stored as nothing", async ({
  launchFake,
}) => {
  const home = makeHome();
  writePolicy(
    home,
    '{"configurationFileVersion": 2, "memoryMiB": {"value": 3072, "locked": false}, "cpus": {"value": 1, "locked": true}}',
  );
  editSettingsFile(home, { schemaVersion: 1, memoryMiB: 2048, swapMiB: 2048, cpus: 2 });
  const launched = await launchFake({ home });
  const settings = await openSettings(launched);
  await settings.open('Resources', 'Advanced');
  await expect(settings.field('memoryMiB')).toHaveValue('2 GB');
  await expect(settings.row('cpus').getByRole('button', { name: /Reset/u })).toHaveCount(0);
  await settings.reason('swapMiB').getByRole('button', { name: 'Reset to the default: 1 GB' }).click();
  await settings
    .reason('memoryMiB')
    .getByRole('button', { name: 'Reset to your administrator’s default: 3 GB' })
    .click();
  await expect(settings.field('memoryMiB')).toHaveValue('3 GB');
  await settings.apply('Apply & restart').click();
  await settings.inDialog('Apply & restart').click();
  await settings.inDialog('Done').click();
  await expect(settings.reason('memoryMiB')).toContainText('Default set by your administrator');
  const stored: unknown = JSON.parse(readFileSync(settingsFileOf(home), 'utf8'));
  expect(stored).not.toHaveProperty('memoryMiB');
  expect(stored).not.toHaveProperty('swapMiB');
});

test('a search finds settings on every tab, and leads to them with the keyboard', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page } = launched;
  const settings = await openSettings(launched);
  const results = page.getByRole('region', { name: 'Search results' });
  await page.keyboard.press('Control+F');
  await expect(settings.search).toBeFocused();
  await page.keyboard.type('proxy http');
  await expect(results.getByRole('heading', { name: 'Resources' })).toBeVisible();
  await expect(results.locator('mark').first()).toBeVisible();
  await expectAccessible(page);
  await screens(page, 'settings-search');
  await settings.search.fill('linuxVM.docker');
  await expect(results.getByRole('status')).toHaveText('1 setting');
  await settings.search.fill('no such thing');
  await expect(results.getByRole('status')).toHaveText('No setting matches “no such thing”');
  await screens(page, 'settings-search-nothing');

  await settings.search.fill('proxy http');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(settings.tab('Resources')).toHaveAttribute('aria-selected', 'true');
  await expect(settings.section('Proxies')).toHaveAttribute('aria-selected', 'true');
  await expect(settings.field('proxyHttp')).toBeFocused();
  await expect(settings.search).toHaveValue('');
});

test('the engine is not exposed under isolation, and its row says why', async ({ launchFake }) => {
  const launched = await launchFake();
  const settings = await openSettings(launched);
  const expose = settings.field('exposeDockerAPIOnTCP2375');
  await expose.click();
  await settings.isolation.click();
  await expect(settings.plan).toContainText('Expose daemon on tcp://localhost:2375 without TLS: not a valid value yet');
  await expect(expose).toHaveAccessibleDescription(/Not possible together with Enhanced Container Isolation/u);
  await expose.click();
  await expect(expose).toBeDisabled();
  await expect(expose).toHaveAccessibleDescription(/Can’t be turned on while Enhanced Container Isolation is on/u);
  await expect(settings.apply('Apply & restart')).toBeEnabled();
});

test('changes on several tabs are marked there, reached with the keyboard, and applied together', async ({
  launchFake,
}) => {
  const launched = await launchFake();
  const { page } = launched;
  const settings = await openSettings(launched);
  await settings.startOnLaunch.click();
  await settings.open('Notifications');
  await tabTo(page, settings.field('notifyEngineStatus'));
  await page.keyboard.press('Space');
  await expect(settings.tab('General')).toHaveAccessibleName('General (1 change)');
  await expect(settings.tab('Notifications')).toHaveAccessibleName('Notifications (1 change)');
  await expect(settings.plan).toHaveText('2 changes · nothing restarts');
  await settings.apply('Apply').click();
  await expect(settings.plan).toHaveText('Saved');
  await expect(settings.tab('General')).toHaveAccessibleName('General');
});

test('at the smallest size of the window everything fits', async ({ launchFake }) => {
  const launched = await launchFake({ home: homeWithPolicy(POLICY) });
  const { app, page } = launched;
  const settings = await openSettings(launched);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(800, 560));
  for (const { tab, section, name } of PLACES) {
    await settings.open(tab, section);
    for (const other of [settings.tab('General'), settings.tab('Policy'), settings.apply('Apply')]) {
      await expect(other).toBeInViewport({ ratio: 1 });
    }
    const overflow = await page
      .locator('.settings__scroll')
      .evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow, name).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `screenshots/small-${name}.png`, animations: 'disabled' });
  }
});
