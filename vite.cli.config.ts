import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

/**
 * The installed app's command in one CommonJS file for the system's Node, Debian 12's 18 among them. It is a file of its
 * own beside the app, because the app's executable refuses to be a Node (fuses).
 */
export default defineConfig({
  resolve: { conditions: ['node'], mainFields: ['module', 'jsnext:main', 'jsnext'] },
  build: {
    target: 'node18',
    outDir: '.cache/cli',
    emptyOutDir: true,
    copyPublicDir: false,
    minify: false,
    lib: { entry: 'cli/installed.ts', formats: ['cjs'], fileName: () => 'bulkhead.cjs' },
    rollupOptions: {
      external: [...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
      output: { banner: '#!/usr/bin/env node' },
    },
  },
});
