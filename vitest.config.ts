import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{electron,shared,renderer,cli,guest,scripts}/**/*.test.{ts,tsx}'],
    exclude: ['e2e/**', ...configDefaults.exclude],
  },
});
