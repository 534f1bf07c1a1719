import type { Locator, Page } from '@playwright/test';
import { expect, type LaunchedFakeApp } from './fake-engine/test.ts';
import { General } from './general-page.ts';

/** Every page of the settings, with the name of its picture. */
export const PLACES: readonly { readonly tab: TabName; readonly section?: SectionName; readonly name: string }[] = [
  { tab: 'General', name: 'general' },
  { tab: 'Resources', section: 'Advanced', name: 'advanced' },
  { tab: 'Resources', section: 'File sharing', name: 'file-sharing' },
  { tab: 'Resources', section: 'Proxies', name: 'proxies' },
  { tab: 'Resources', section: 'Network', name: 'network' },
  { tab: 'Docker Engine', name: 'docker-engine' },
  { tab: 'Software updates', name: 'software-updates' },
  { tab: 'Notifications', name: 'notifications' },
  { tab: 'Policy', name: 'policy' },
];

/** Something locked, something pre-filled, something that Bulkhead does not have, and something that nobody knows. */
export const POLICY = `{
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

export type TabName = 'General' | 'Resources' | 'Docker Engine' | 'Software updates' | 'Notifications' | 'Policy';
export type SectionName = 'Advanced' | 'File sharing' | 'Proxies' | 'Network';

/** What a person finds on the tabs of the settings. */
export class Settings extends General {
  readonly search: Locator;

  constructor(page: Page) {
    super(page);
    this.search = page.getByRole('searchbox', { name: 'Search settings' });
  }

  tab(name: TabName): Locator {
    return this.page.getByRole('tab', { name: new RegExp(`^${name}`, 'u') });
  }

  section(name: SectionName): Locator {
    return this.page.getByRole('tab', { name: new RegExp(`^${name}`, 'u') });
  }

  async open(tab: TabName, section?: SectionName): Promise<void> {
    await this.tab(tab).click();
    if (section !== undefined) await this.section(section).click();
  }

  row(key: string): Locator {
    return this.page.locator(`[data-setting="${key}"]`);
  }

  field(key: string): Locator {
    return this.page.locator(`[id="${key}"]`);
  }

  choice(key: string, option: string): Locator {
    return this.row(key).getByRole('radio', { name: option, exact: true });
  }

  /** What stands below a row: who decided, what is wrong, what is pending. */
  reason(key: string): Locator {
    return this.page.locator(`[id="${key}-reason"]`);
  }
}

/** The settings over an engine that runs and was measured. */
export async function openSettings({ page }: LaunchedFakeApp): Promise<Settings> {
  const settings = new Settings(page);
  await expect(settings.engineCard.getByText('Engine running')).toBeVisible();
  return settings;
}

/** Presses Tab until `target` has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(target).toBeFocused({ timeout: 50 });
  }).toPass({ intervals: [0], timeout: 20_000 });
}
