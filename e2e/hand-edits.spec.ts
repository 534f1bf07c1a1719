import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bulkheadJson } from './cli.ts';
import { expect, test } from './fake-engine/test.ts';
import { giveToAppUser } from './launch.ts';

test('an edit of the settings file counts at once, and one that is no JSON is named', async ({ launchFake }) => {
  const { page, home } = await launchFake();
  const status = async (): Promise<unknown> => (await bulkheadJson(home, ['status'])).output;
  await expect.poll(status, { timeout: 20_000 }).toMatchObject({ state: 'running', restartPending: false });
  const directory = path.join(home, 'config');
  mkdirSync(directory, { recursive: true });
  const edit = (content: string): void => {
    writeFileSync(path.join(directory, 'settings.json'), content);
    giveToAppUser(path.join(directory, 'settings.json'));
  };
  edit('{"enhancedContainerIsolation": true}');
  await expect
    .poll(status, { timeout: 20_000 })
    .toMatchObject({ restartPending: true, eci: { configured: true, source: 'user' } });
  edit('{\n  "enhancedContainerIsolation": yes\n}');
  await expect(page.getByText(/line 2, column 33/u)).toBeVisible();
  expect(await status()).toMatchObject({ restartPending: true, eci: { configured: true } });
  edit('{}');
  await expect.poll(status, { timeout: 20_000 }).toMatchObject({ restartPending: false, eci: { configured: false } });
  await expect(page.getByText(/line 2, column 33/u)).toBeHidden();
});
