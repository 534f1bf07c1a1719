import { expect, test } from './fake-engine/test.ts';
import { homeWithPolicy } from './homes.ts';
import { expectAccessible, screens } from './looks.ts';
import { openSettings, type SectionName, type TabName } from './settings-page.ts';

const PLACES: readonly (readonly [TabName, SectionName?])[] = [
  ['General'],
  ['Resources', 'Advanced'],
  ['Resources', 'File sharing'],
  ['Resources', 'Proxies'],
  ['Resources', 'Network'],
  ['Docker Engine'],
  ['Software updates'],
  ['Notifications'],
  ['Policy'],
];

/** Something locked, something pre-filled and something that Bulkhead does not have, on every tab. */
const POLICY = `{
  "configurationFileVersion": 2,
  "enhancedContainerIsolation": { "value": true, "locked": true },
  "memoryMiB": { "value": 3072, "locked": false },
  "cpus": { "value": 2, "locked": true },
  "proxy": {
    "locked": true,
    "mode": "manual",
    "http": "http://proxy.example:3128",
    "https": "http://proxy.example:3128",
    "exclude": ["*.example.com", "10.0.0.0/8"]
  },
  "linuxVM": { "dockerDaemonOptions": { "value": "{\\"debug\\": false}", "locked": true } },
  "disableUpdate": { "value": true, "locked": true },
  "analyticsEnabled": { "value": false, "locked": true },
  "kubernetes": { "locked": true, "enabled": false },
  "extensionsEnabledd": { "value": false, "locked": true }
}
`;

test('every tab is there, accessible, and as in Docker Desktop', async ({ launchFake }) => {
  const launched = await launchFake();
  const settings = await openSettings(launched);
  for (const [tab, section] of PLACES) {
    await settings.open(tab, section);
    await expect(settings.tab(tab)).toHaveAttribute('aria-selected', 'true');
    await expectAccessible(launched.page);
    await screens(
      launched.page,
      `settings-${[tab, section].filter(Boolean).join('-').replaceAll(' ', '-').toLowerCase()}`,
    );
  }
});

test('what an administrator has locked is said on each tab', async ({ launchFake }) => {
  const launched = await launchFake({ home: homeWithPolicy(POLICY) });
  const settings = await openSettings(launched);
  for (const [tab, section] of PLACES) {
    await settings.open(tab, section);
    await expectAccessible(launched.page);
    await screens(
      launched.page,
      `locked-${[tab, section].filter(Boolean).join('-').replaceAll(' ', '-').toLowerCase()}`,
    );
  }
});
