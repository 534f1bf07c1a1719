import os from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { placesOf } from '../electron/shell/places.ts';
import { main } from './main.ts';

/** The command of an installed app, bundled by vite.cli.config.ts. It lies in the app's resources and starts that app. */
const uid = getuid?.() ?? -1;
const places = placesOf({ platform: process.platform, env: process.env, home: os.homedir(), uid, development: false });
const beside = process.platform === 'darwin' ? '../MacOS/bulkhead-desktop' : '../bulkhead-desktop';

main(process.argv.slice(2), {
  places,
  uid,
  launcher: { command: path.join(__dirname, beside), args: [], cwd: os.homedir(), bringsDisplay: false },
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
}).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (cause: unknown) => {
    process.stderr.write(`bulkhead: ${String(cause)}\n`);
    process.exitCode = 1;
  },
);
