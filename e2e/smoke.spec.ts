import { readFileSync } from 'node:fs';
import { quietHome } from './homes.ts';
import { appUser, expect, test } from './launch.ts';

test('opens its window from app://ui/', async ({ launch }) => {
  const { page } = await launch({ home: quietHome() });
  await expect(page).toHaveTitle(/Bulkhead/);
  expect(page.url()).toMatch(/^app:\/\/ui\//);
});

test('runs the page in a sandbox with a system call filter', async ({ launch }) => {
  test.skip(process.platform !== 'linux' || !appUser().sandbox, 'Chromium has no sandbox for this user.');
  const { app } = await launch({ home: quietHome() });
  const renderer = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  );
  // proc_pid_status(5): 2 is SECCOMP_MODE_FILTER.
  expect(readFileSync(`/proc/${renderer}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m);
});

test('runs as an ordinary user', async ({ launch }) => {
  test.skip(!appUser().sandbox, 'Nobody cannot read this checkout.');
  const { app } = await launch({ home: quietHome() });
  expect(await app.evaluate(() => process.getuid?.())).toBe(appUser().uid);
  expect(appUser().uid).not.toBe(0);
});
