// Stands in for Electron's own default app, which the stand-in runtime lacks: `electron [-r FILE]… DIR [ARGUMENT]…`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import electron from 'electron';

/** @type {Electron.App & { setVersion(version: string): void, setAppPath(path: string): void }} */
// @ts-expect-error Electron's own default app uses these two; they are not part of the typed interface.
const app = electron.app;
const require = createRequire(import.meta.url);
let directory;
const args = process.argv.slice(1);
for (let argument = args.shift(); argument !== undefined && directory === undefined; argument = args.shift()) {
  // Playwright's loader must be in place before the app, so that it can hold back `ready` until it is attached.
  if (argument === '-r' || argument === '--require') require(path.resolve(args.shift() ?? ''));
  else if (!argument.startsWith('-')) directory = path.resolve(argument);
}

if (directory === undefined) {
  process.stderr.write('This Electron needs the directory of an app as its first argument.\n');
  app.exit(2);
} else {
  /** @type {{ name: string, version: string, main: string, productName?: string }} */
  const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });
  app.setVersion(manifest.version);
  app.name = manifest.productName ?? manifest.name;
  app.setAppPath(directory);
  await import(pathToFileURL(path.join(directory, manifest.main)).href);
}
