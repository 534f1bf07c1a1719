import { createEngine } from './engine/engine.ts';
import { engineOptionsOf } from './shell/engine-options.ts';
import { runApp } from './shell/run-app.ts';

runApp({
  createEngine: (places) => createEngine(engineOptionsOf(places, process.env['PATH'] ?? '')),
  bundles: __dirname,
});
