import { defineConfig } from 'vite';

/** A sandboxed preload must be one CommonJS file and can require nothing but `electron` (Electron docs, Process Sandboxing). */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: 'chrome130',
    outDir: '.vite/build',
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    rollupOptions: {
      external: ['electron', 'electron/common', 'electron/renderer'],
      input: 'electron/preload.ts',
      output: {
        format: 'cjs',
        codeSplitting: false,
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name].cjs',
        assetFileNames: '[name].[ext]',
      },
    },
  },
});
