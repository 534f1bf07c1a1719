import { openGeneral } from './general-page.ts';
import { expect, test } from './fake-engine/test.ts';
import { expectAccessible, screens } from './looks.ts';
import { bulkhead, bulkheadJson } from './cli.ts';

test('the deep check shows what was tried and what happened, failures first', async ({ launchFake }) => {
  const launched = await launchFake();
  const { page, engine } = launched;
  await openGeneral(launched);
  await page.getByRole('button', { name: 'Engine', exact: true }).click();
  const section = page.getByRole('region', { name: 'Deep check' });
  await section.getByRole('button', { name: 'Run deep check' }).click();
  await expect(section.getByRole('status').first()).toHaveText(/Isolation is off, so nothing was tried/u);
  await expect(section.getByRole('table')).toHaveCount(0);

  await engine.show({
    verification: {
      enforced: true,
      uidMap: '0 100000 65536',
      runtime: 'sysbox-runc',
      measuredAt: '2026-11-22T10:00:00Z',
    },
  });
  await section.getByRole('button', { name: 'Run deep check' }).click();
  await expect(section.getByRole('status').first()).toHaveText('1 of 2 attempts did not end as they should.');
  await expect(section.getByRole('row').nth(1)).toContainText('Did harm');
  await expect(section.getByRole('row').nth(2)).toContainText("refused: can't share namespaces [pid] with the host");
  await expect(section).toContainText('/nowhere/deep-check.json');
  await expectAccessible(page);
  await screens(page, 'deep-check');

  await engine.show({ deepCheck: { done: 3, total: 90 } });
  await expect(section).toContainText('3 of 90 attempts made');
});

test('bulkhead verify --deep reports the same and fails where something failed', async ({ launchFake }) => {
  const launched = await launchFake();
  await openGeneral(launched);
  const off = await bulkhead(launched.home, ['verify', '--deep']);
  expect(off.exitCode).toBe(1);
  expect(off.stdout).toContain('Isolation is off, so nothing was tried');
  await launched.engine.show({
    verification: {
      enforced: true,
      uidMap: '0 100000 65536',
      runtime: 'sysbox-runc',
      measuredAt: '2026-11-22T10:00:00Z',
    },
  });
  const on = await bulkheadJson(launched.home, ['verify', '--deep']);
  expect(on).toMatchObject({
    exitCode: 1,
    output: { verdict: 'failed', policyPath: null, platform: process.platform },
  });
});
