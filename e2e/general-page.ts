import type { Locator, Page } from '@playwright/test';
import type { ContainerSummary } from '../shared/contract/engine.ts';
import type { Failure } from '../shared/contract/result.ts';
import { expect, type LaunchedFakeApp } from './fake-engine/test.ts';

export const CONTAINERS: readonly ContainerSummary[] = [
  { id: 'a1', name: 'shop-db-1', image: 'postgres:17', running: true, runtime: 'runc' },
  { id: 'b2', name: 'shop-web-1', image: 'shop-web:1.14.2', running: true, runtime: 'runc' },
  { id: 'c3', name: 'admiring_hopper', image: 'debian:13', running: false, runtime: 'runc' },
];

export const NO_BOOT: Failure = {
  code: 'ENGINE_FAILED',
  message: 'The VM did not reach its first line within 60 s.',
  remedy: 'Retry. If it fails again, the log has the last words of the VM.',
};

/** What a person finds on Settings > General. */
export class General {
  readonly page: Page;
  readonly isolation: Locator;
  readonly startOnLaunch: Locator;
  readonly plan: Locator;
  readonly cancel: Locator;
  readonly engineCard: Locator;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.isolation = page.getByRole('checkbox', { name: 'Use Enhanced Container Isolation' });
    this.startOnLaunch = page.getByRole('checkbox', { name: 'Start the engine when Bulkhead starts' });
    const footer = page.getByRole('region', { name: 'Apply changes' });
    this.plan = footer.locator('#apply-plan');
    this.cancel = footer.getByRole('button', { name: 'Cancel' });
    this.engineCard = page.getByRole('region', { name: 'Engine', exact: true });
    this.dialog = page.getByRole('dialog');
  }

  /** The footer's button to the right, by the name it has now. */
  apply(name: 'Apply' | 'Apply & restart'): Locator {
    return this.page.getByRole('region', { name: 'Apply changes' }).getByRole('button', { name, exact: true });
  }

  inDialog(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true });
  }

  step(step: string): Locator {
    return this.dialog.locator(`[data-step="${step}"]`);
  }

  /** From the tick to the submitted dialog. */
  async applyIsolation(): Promise<void> {
    await this.isolation.click();
    await this.apply('Apply & restart').click();
    await this.inDialog('Apply & restart').click();
  }
}

/** General over an engine that runs, was measured, and has containers. */
export async function openGeneral({ page, engine }: LaunchedFakeApp): Promise<General> {
  await engine.setContainers(CONTAINERS);
  const general = new General(page);
  await expect(general.engineCard.getByText('Engine running')).toBeVisible();
  return general;
}
