import path from 'node:path';
import { runApp } from '../../electron/shell/run-app.ts';
import { createFakeEngine } from './fake-engine.ts';

/** The app as it is, but for the engine. Built by build.ts to where no package is made from. */
const { engine, control } = createFakeEngine();
Object.assign(globalThis, { fakeEngine: control });
runApp({ createEngine: () => engine, bundles: path.join(__dirname, '../../.vite/build') });
