#!/usr/bin/env node
import os from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { placesOf } from '../electron/shell/places.ts';
import { main } from './main.ts';

/** The command in a checkout. The set-up script starts the app, after building what has changed. */
const root = path.dirname(import.meta.dirname);
const uid = getuid?.() ?? -1;
const places = placesOf({ platform: process.platform, env: process.env, home: os.homedir(), uid, development: true });

process.exitCode = await main(process.argv.slice(2), {
  places,
  uid,
  launcher: {
    command: process.execPath,
    args: [path.join(root, 'scripts/bootstrap.mjs'), 'start'],
    cwd: root,
    bringsDisplay: true,
  },
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
