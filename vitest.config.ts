import manifest from './package.json' with { type: 'json' };
import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { ELECTRON_TARGET: JSON.stringify(manifest.devDependencies.electron) },
  test: {
    include: ['{electron,shared,renderer,cli,guest,scripts,e2e}/**/*.test.{ts,tsx}'],
  },
});
