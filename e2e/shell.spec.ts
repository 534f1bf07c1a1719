import type { ElectronApplication } from '@playwright/test';
import { bulkheadJson } from './cli.ts';
import { expect, test } from './fake-engine/test.ts';
import { quietHome } from './homes.ts';

/** The engine's menu items by id: whether they can be chosen. */
const engineMenu = (app: ElectronApplication) =>
  app.evaluate(({ Menu }) =>
    Object.fromEntries(
      ['start', 'stop', 'restart', 'cancel'].map((name) => [
        name,
        Menu.getApplicationMenu()?.getMenuItemById(`engine-${name}`)?.enabled,
      ]),
    ),
  );

const choose = (app: ElectronApplication, item: string) =>
  app.evaluate(({ Menu }, id) => {
    Menu.getApplicationMenu()?.getMenuItemById(id)?.click();
  }, item);

test('the menu offers what the engine can do, and says that a restart does not read the policy', async ({
  launchFake,
}) => {
  const { app, engine } = await launchFake({ home: quietHome() });
  const labels = await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map(({ label }) => label));
  expect(labels).toEqual(['File', 'Engine', 'View', 'Help']);
  const restart = await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('engine-restart')?.label);
  expect(restart).toContain('policy is not read again');

  await expect.poll(() => engineMenu(app)).toEqual({ start: true, stop: false, restart: false, cancel: false });
  await engine.pauseAt('boot');
  await choose(app, 'engine-start');
  await expect.poll(() => engineMenu(app)).toEqual({ start: false, stop: false, restart: false, cancel: true });
  await engine.resume();
  await expect.poll(() => engineMenu(app)).toEqual({ start: false, stop: true, restart: true, cancel: false });
  await choose(app, 'engine-stop');
  await expect.poll(() => engineMenu(app)).toMatchObject({ start: true });
});

test('the theme follows the setting at once, whoever changes it', async ({ launchFake }) => {
  const { app, page, home } = await launchFake({ home: quietHome() });
  await page.emulateMedia({ colorScheme: null });
  for (const [theme, isDark] of [
    ['dark', true],
    ['light', false],
  ] as const) {
    expect(await bulkheadJson(home, ['settings', 'set', 'theme', theme])).toMatchObject({ exitCode: 0 });
    await expect.poll(() => app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe(theme);
    await expect.poll(() => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(isDark);
  }
});

test('the window comes back where it was', async ({ launchFake }) => {
  const home = quietHome();
  const bounds = { x: 40, y: 30, width: 900, height: 600 };
  const first = await launchFake({ home });
  await first.app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setBounds(to), bounds);
  await first.app.close();
  const second = await launchFake({ home });
  const found = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
  expect(found).toEqual(bounds);
});

test('the window keeps its smallest size and its first colour fits the theme', async ({ launchFake }) => {
  const { app } = await launchFake({ home: quietHome() });
  const found = await app.evaluate(({ BrowserWindow, nativeTheme }) => {
    const window = BrowserWindow.getAllWindows()[0];
    return {
      smallest: window?.getMinimumSize(),
      background: window?.getBackgroundColor().toLowerCase(),
      expected: nativeTheme.shouldUseDarkColors ? '#17181b' : '#f6f6f7',
    };
  });
  expect(found.smallest).toEqual([800, 560]);
  expect(found.background).toBe(found.expected);
});
