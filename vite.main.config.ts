import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';
import manifest from './package.json' with { type: 'json' };

/** The whole main process in one CommonJS file; Electron 33 runs Node 20. */
export default defineConfig({
  define: {
    ELECTRON_TARGET: JSON.stringify(manifest.devDependencies.electron),
    UPDATE_FEED: JSON.stringify(manifest.bulkhead.updateFeed),
  },
  resolve: { conditions: ['node'], mainFields: ['module', 'jsnext:main', 'jsnext'] },
  root: import.meta.dirname,
  build: {
    target: 'node20',
    outDir: '.vite/build',
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    lib: { entry: 'electron/main.ts', formats: ['cjs'], fileName: () => '[name].cjs' },
    rollupOptions: {
      external: [
        'electron',
        'electron/common',
        'electron/main',
        ...builtinModules,
        ...builtinModules.map((name) => `node:${name}`),
      ],
    },
  },
});
