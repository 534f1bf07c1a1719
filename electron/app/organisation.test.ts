import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ok } from '../../shared/contract/result.ts';
import type { Engine } from '../engine/port.ts';
import { loadPolicy } from '../settings/policy-file.ts';
import { developmentPolicySearch } from '../settings/policy-search.ts';
import { createSettings } from '../settings/settings.ts';
import { openUserFile } from '../settings/user-file.ts';
import { createApplication } from './application.ts';
import type { Application } from './port.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

const STOPPED: Engine = {
  snapshot: () => ({
    state: { kind: 'stopped', since: '2026-01-01T00:00:00.000Z' },
    steps: [],
    cancellable: false,
    accelerator: null,
    eci: { configured: false, enforced: null },
    verification: null,
    deepCheck: null,
    warnings: [],
    dockerSocket: '/run/docker.sock',
    bootId: null,
    logPath: '/log',
  }),
  subscribe: () => () => undefined,
  recover: () => Promise.resolve(ok(null)),
  start: () => Promise.resolve(ok(null)),
  stop: () => Promise.resolve(ok(null)),
  restart: () => Promise.resolve(ok(null)),
  cancel: () => Promise.resolve(ok(null)),
  verify: () => Promise.reject(new Error('nothing runs')),
  deepVerify: () => Promise.reject(new Error('nothing runs')),
  listContainers: () => Promise.resolve(ok([])),
  readLog: () => Promise.resolve(ok({ path: '/log', text: '' })),
};

let home: string;
let policyFile: string;

beforeEach(() => {
  home = mkdtempSync(path.join(realpathSync(tmpdir()), 'organisation-'));
  mkdirSync(path.join(home, 'policy'), { mode: 0o755 });
  policyFile = path.join(home, 'policy/admin-settings.json');
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A launch of the app with the files as they are now, but for its window and its VM. */
async function launch(): Promise<Application> {
  const host = {
    home: '/home/user',
    temporary: '/tmp',
    cpus: 8,
    memoryMiB: 16_384,
    systemProxy: null,
    realPath: (at: string) => at,
  };
  const policy = loadPolicy(developmentPolicySearch(path.dirname(policyFile)));
  const application = createApplication({
    engine: STOPPED,
    settings: createSettings(policy, openUserFile(path.join(home, 'config')), host),
    policyWatch: { change: () => null, subscribe: () => () => undefined },
    updates: {
      status: () => ({ state: 'unknown' }),
      check: () => Promise.resolve(ok({ state: 'unknown' })),
      subscribe: () => () => undefined,
    },
    surroundings: { relaunch: () => undefined, openPage: () => Promise.resolve() },
    identity: { version: '1', platform: 'linux', standInElectron: true, host },
    onFault: (cause) => {
      throw cause;
    },
  });
  await application.launch();
  return application;
}

const administrator = (policy: object): void => writeFileSync(policyFile, JSON.stringify(policy), { mode: 0o644 });
const files = (): readonly string[] => {
  try {
    return readdirSync(path.join(home, 'config'));
  } catch {
    return [];
  }
};

describe('what an organisation has set before the first launch', () => {
  it('counts at that launch, the introduction among it, and for defaults as well', async () => {
    administrator({ displayedOnboarding: { locked: false, value: true } });
    expect((await launch()).snapshot().showIntroduction).toBe(false);
    administrator({ displayedOnboarding: { locked: true, value: true } });
    expect((await launch()).snapshot().showIntroduction).toBe(false);
    rmSync(policyFile);
    expect((await launch()).snapshot().showIntroduction).toBe(true);
  });

  it('is never written into the user’s file, and goes with the policy', async () => {
    administrator({
      theme: { locked: true, value: 'dark' },
      enhancedContainerIsolation: { locked: true, value: true },
    });
    const application = await launch();
    expect(application.changeSettings({ theme: 'dark' })).toMatchObject({ ok: true, value: { changed: [] } });
    expect(application.dismissIntroduction().ok).toBe(true);
    expect(JSON.parse(readFileSync(path.join(home, 'config/settings.json'), 'utf8'))).toEqual({
      schemaVersion: 1,
      displayedOnboarding: true,
    });
    rmSync(policyFile);
    const { settings } = (await launch()).snapshot();
    expect(settings.theme).toMatchObject({ value: 'system', source: 'default', locked: false });
    expect(settings.enhancedContainerIsolation).toMatchObject({ value: false, source: 'default', locked: false });
  });
});

describe('launching', () => {
  it('writes no setting that nobody has changed', async () => {
    await launch();
    await launch();
    expect(files()).toEqual([]);
  });

  it('sets a bad file aside once, and not again at each launch', async () => {
    mkdirSync(path.join(home, 'config'));
    writeFileSync(path.join(home, 'config/settings.json'), '\u0000'.repeat(100));
    expect((await launch()).snapshot().notices).toHaveLength(1);
    expect((await launch()).snapshot().notices).toEqual([]);
    expect(files()).toHaveLength(2);
  });

  it('outlives a value that a former version knew, and names it', async () => {
    mkdirSync(path.join(home, 'config'));
    writeFileSync(path.join(home, 'config/settings.json'), '{"theme": "sepia", "cpus": 3}');
    const { settings, notices } = (await launch()).snapshot();
    expect(settings).toMatchObject({ theme: { value: 'system' }, cpus: { value: 3 } });
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('"sepia" is no value')]);
  });
});
