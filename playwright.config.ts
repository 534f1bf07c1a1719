import { defineConfig } from '@playwright/test';

/** Apps and VMs share the machine's cores, so that tests run one by one; a VM under emulation takes a minute to boot. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  projects: [
    // A command of the app takes a second on a busy machine, and some conditions need several.
    {
      name: 'ui',
      testMatch: '**/*.spec.ts',
      testIgnore: ['vm/**', 'packaged/**'],
      timeout: 90_000,
      expect: { timeout: 20_000 },
    },
    { name: 'packaged', testMatch: 'packaged/**/*.spec.ts', timeout: 180_000, expect: { timeout: 20_000 } },
    { name: 'vm', testMatch: 'vm/**/*.spec.ts', timeout: 600_000, expect: { timeout: 60_000 } },
  ],
});
