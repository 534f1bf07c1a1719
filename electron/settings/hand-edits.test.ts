import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadPolicy } from './policy-file.ts';
import { developmentPolicySearch } from './policy-search.ts';
import type { Settings } from './port.ts';
import { createSettings } from './settings.ts';
import { openUserFile } from './user-file.ts';
import { watchPaths } from './watch-paths.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

let directory: string;
let file: string;
let stop: () => void;

beforeEach(() => {
  directory = mkdtempSync(path.join(realpathSync(tmpdir()), 'edits-'));
  file = path.join(directory, 'settings.json');
  stop = () => undefined;
});
afterEach(() => {
  stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The settings as the app has them while it runs, under a policy of this text. */
function running(policy: string | null = null): Settings {
  if (policy !== null) writeFileSync(path.join(directory, 'admin-settings.json'), policy);
  const opened = openUserFile(directory);
  const settings = createSettings(loadPolicy(developmentPolicySearch(directory)), opened, {
    home: '/home/user',
    temporary: '/tmp',
    cpus: 8,
    memoryMiB: 16_384,
    systemProxy: null,
  });
  const watching = watchPaths([opened.path], {
    onChange: settings.takeOverEdits,
    onFault: (cause) => {
      throw cause;
    },
  });
  stop = watching.close;
  return settings;
}

const messages = (settings: Settings): readonly string[] => settings.notices().map(({ message }) => message);

describe('an edit of the settings file while the app runs', () => {
  it('is seen, told to the listeners, and reaches what the engine is to run with', async () => {
    const settings = running();
    let told = 0;
    settings.subscribe(() => {
      told += 1;
    });
    writeFileSync(file, '{"memoryMiB": 4096}');
    await expect.poll(() => settings.effective().memoryMiB).toMatchObject({ value: 4096, source: 'user' });
    expect(settings.engineConfig()).toMatchObject({ ok: true, value: { memoryMiB: 4096 } });
    expect(told).toBeGreaterThan(0);
    writeFileSync(file, '{}');
    await expect.poll(() => settings.effective().memoryMiB).toMatchObject({ source: 'default' });
  });

  it('opens no lock, and says whose the lock is', async () => {
    const settings = running('{"enhancedContainerIsolation": {"locked": true, "value": true}}');
    writeFileSync(file, '{"enhancedContainerIsolation": false, "theme": "dark"}');
    await expect.poll(() => settings.effective().theme.value).toBe('dark');
    expect(settings.effective().enhancedContainerIsolation).toMatchObject({ value: true, source: 'adminLocked' });
    expect(messages(settings)).toEqual([
      expect.stringMatching(/^Your edit of "enhancedContainerIsolation" .*locked by your administrator/u),
    ]);
    expect(settings.change({ theme: 'light' }).ok).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ enhancedContainerIsolation: false, theme: 'light' });
  });

  it('changes nothing that a policy which is not valid may have meant to lock', async () => {
    writeFileSync(file, '{"enhancedContainerIsolation": true}');
    const settings = running('{');
    writeFileSync(file, '{"theme": "dark"}');
    await expect.poll(() => settings.effective().theme.value).toBe('dark');
    expect(settings.effective().enhancedContainerIsolation.value).toBe(true);
    expect(messages(settings)).toEqual([
      expect.stringMatching(/^Your edit of "enhancedContainerIsolation" .*cannot be/u),
    ]);
  });

  it('that is not JSON is refused until it is put right', async () => {
    const settings = running();
    settings.change({ theme: 'dark' });
    writeFileSync(file, '{\n  "theme": light\n}');
    await expect.poll(() => messages(settings)).toEqual([expect.stringMatching(/line 2, column 12/u)]);
    expect(settings.effective().theme.value).toBe('dark');
    writeFileSync(file, '{\n  "theme": "light"\n}');
    await expect.poll(() => settings.effective().theme.value).toBe('light');
    expect(settings.notices()).toEqual([]);
  });
});
