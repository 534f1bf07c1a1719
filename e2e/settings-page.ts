import type { Locator, Page } from '@playwright/test';
import { expect, type LaunchedFakeApp } from './fake-engine/test.ts';
import { General } from './general-page.ts';

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
