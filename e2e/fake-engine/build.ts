import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import manifest from '../../package.json' with { type: 'json' };
import { digest, isStamped, stamp, unstamp } from '../../scripts/stamp.mjs';
import { inCache, inRoot, ROOT } from '../../scripts/paths.ts';

/** The directory of an app that is the built one with the engine that only pretends; start Electron with it. */
export const FAKE_APP = inCache('fake-engine-app');

/** Bundles the other main process, unless nothing has changed. The page and the preload are those of the app. */
export async function buildFakeApp(): Promise<void> {
  const stampFile = path.join(FAKE_APP, '.stamp');
  const sources = ['electron', 'shared', 'e2e/fake-engine', 'vite.main.config.ts', 'package.json'];
  const inputs = digest(ROOT, sources);
  if (isStamped(stampFile, inputs)) return;
  unstamp(stampFile);
  await build({
    root: ROOT,
    configFile: inRoot('vite.main.config.ts'),
    logLevel: 'warn',
    build: {
      outDir: FAKE_APP,
      lib: { entry: inRoot('e2e/fake-engine/main.ts'), formats: ['cjs'], fileName: () => '[name].cjs' },
    },
  });
  mkdirSync(FAKE_APP, { recursive: true });
  const { name, productName, version } = manifest;
  writeFileSync(path.join(FAKE_APP, 'package.json'), JSON.stringify({ name, productName, version, main: 'main.cjs' }));
  stamp(stampFile, inputs);
}
