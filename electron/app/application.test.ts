import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { START_STEPS, type EngineSnapshot, type EngineState } from '../../shared/contract/engine.ts';
import type { PolicyChange, UpdateStatus } from '../../shared/contract/app.ts';
import { err, ok, type Failure, type Result } from '../../shared/contract/result.ts';
import type { EffectiveSettings, SettingKey, SettingValues } from '../../shared/contract/settings.ts';
import { mergeSettings, type UserLayer } from '../../shared/settings/merge.ts';
import { configWith } from '../engine/testing/config.ts';
import type { Engine, EngineConfig } from '../engine/port.ts';
import type { Settings } from '../settings/port.ts';
import { createApplication } from './application.ts';
import type { Updates } from './port.ts';

const AT = '2026-01-01T00:00:00.000Z';
const failure = (code: Failure['code']): Failure => ({ code, message: code, remedy: 'Try again.' });
const PATCH = z.looseObject({
  enhancedContainerIsolation: z.boolean().exactOptional(),
  theme: z.enum(['system', 'light', 'dark']).exactOptional(),
  displayedOnboarding: z.boolean().exactOptional(),
});
const KEYS = [
  'enhancedContainerIsolation',
  'theme',
  'startEngineOnLaunch',
  'displayedOnboarding',
] as const satisfies SettingKey[];
const keep = { removeContainers: false };

/** The one value of a configuration that these tests change. */
const isolationOf = (config: EngineConfig | null): string =>
  config === null ? 'nothing' : config.vm.isolation ? 'isolated' : 'plain';

/** An engine that notes its calls and ends each operation when the test says so. */
function scriptedEngine(initial: EngineState['kind']) {
  const calls: string[] = [];
  const listeners = new Set<(snapshot: EngineSnapshot) => void>();
  const pending: ((result: Result<null>) => void)[] = [];
  let state = stateOf(initial);
  let cancelsTo: EngineState['kind'] | null = null;
  /** With a second state the operation can be given up, which leads there. */
  const enter = (kind: EngineState['kind'], cancellableTo: EngineState['kind'] | null = null): void => {
    state = stateOf(kind);
    cancelsTo = cancellableTo;
    for (const listener of listeners) listener(snapshot());
  };
  const snapshot = (): EngineSnapshot => ({
    state,
    steps: START_STEPS.map((step) => ({ step, startedAt: AT, endedAt: AT, outcome: 'done', detail: null })),
    cancellable: cancelsTo !== null,
    accelerator: null,
    eci: { configured: false, enforced: null },
    verification: null,
    deepCheck: null,
    warnings: [],
    dockerSocket: '/run/docker.sock',
    bootId: null,
    logPath: '/log',
  });
  const begun = (call: string): Promise<Result<null>> => {
    calls.push(call);
    return new Promise((resolve) => {
      pending.push(resolve);
    });
  };
  const engine: Engine = {
    snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recover: (config) => begun(`recover ${isolationOf(config)}`),
    start: (config) => begun(`start ${isolationOf(config)}`),
    stop: () => begun('stop'),
    restart: (config, options) => begun(`restart ${isolationOf(config)} ${options.removeContainers}`),
    cancel: () => {
      calls.push('cancel');
      finish(cancelsTo ?? state.kind, err(failure('CANCELLED')));
      return Promise.resolve(ok(null));
    },
    verify: () => Promise.reject(new Error('the pipe broke')),
    deepVerify: () => Promise.reject(new Error('the pipe broke')),
    listContainers: () => Promise.resolve(ok([])),
    readLog: () => Promise.resolve(ok({ path: '/log', text: '' })),
  };
  /** Ends the oldest operation. */
  const finish = (kind: EngineState['kind'], result: Result<null> = ok(null)): void => {
    enter(kind);
    pending.shift()?.(result);
  };
  return { engine, calls, enter, finish };
}

function stateOf(kind: EngineState['kind']): EngineState {
  switch (kind) {
    case 'stopped':
    case 'running':
      return { kind, since: AT };
    case 'preparing':
      return { kind, since: AT, step: 'image' };
    case 'starting':
      return { kind, since: AT, step: 'boot' };
    case 'stopping':
      return { kind, since: AT, step: 'containers', forced: false };
    case 'failed':
      return { kind, since: AT, reason: { failure: failure('ENGINE_FAILED'), step: 'boot', logPath: null } };
  }
}

const PLACE = { path: '/policy', line: 1, column: 1 };

interface SettingsScript {
  readonly values?: Partial<SettingValues>;
  readonly locked?: readonly SettingKey[];
  readonly policyInvalid?: boolean;
}

function scriptedSettings({ values = {}, locked = [], policyInvalid = false }: SettingsScript = {}) {
  let current: UserLayer = {
    enhancedContainerIsolation: false,
    theme: 'system',
    startEngineOnLaunch: false,
    ...values,
  };
  let isDiskFull = false;
  const listeners = new Set<() => void>();
  const effective = (): EffectiveSettings => {
    const policy = Object.fromEntries(locked.map((key) => [key, { value: current[key], locked: true, at: PLACE }]));
    return mergeSettings(policy, current);
  };
  const settings: Settings = {
    effective,
    policy: () => ({ kind: 'none', searched: [] }),
    notices: () => [],
    dismissNotice: () => undefined,
    change: (patch) => {
      const next = PATCH.parse(patch);
      const changed = KEYS.filter((key) => key in next && current[key] !== next[key]);
      if (changed.some((key) => locked.includes(key))) return err(failure('LOCKED'));
      if (isDiskFull) return err(failure('SETTINGS_FILE'));
      current = { ...current, ...next };
      for (const listener of listeners) listener();
      return ok({ changed });
    },
    takeOverEdits: () => undefined,
    reset: (keys) => {
      const changed = KEYS.filter((key) => (keys as readonly string[]).includes(key) && key in current);
      if (changed.some((key) => locked.includes(key))) return err(failure('LOCKED'));
      current = Object.fromEntries(Object.entries(current).filter(([key]) => !changed.some((each) => each === key)));
      return ok({ changed });
    },
    explain: () => err(failure('UNKNOWN_KEY')),
    engineConfig: () =>
      policyInvalid ? err(failure('POLICY_INVALID')) : ok(configWith(current.enhancedContainerIsolation ?? false)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const saveNothing = (): void => {
    isDiskFull = true;
  };
  return { settings, current: () => current, saveNothing };
}

/** What is heard of the policy's file and of newer versions. */
function scriptedNews() {
  let change: PolicyChange | null = null;
  let status: UpdateStatus = { state: 'unknown' };
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const tell = (news: { readonly change?: PolicyChange; readonly status?: UpdateStatus }): void => {
    change = news.change ?? change;
    status = news.status ?? status;
    for (const listener of listeners) listener();
  };
  const policyWatch = { change: () => change, subscribe };
  const updates: Updates = { status: () => status, check: () => Promise.resolve(ok(status)), subscribe };
  return { policyWatch, updates, tell };
}

function setUp(kind: EngineState['kind'] = 'stopped', script: SettingsScript = {}) {
  const engine = scriptedEngine(kind);
  const settings = scriptedSettings(script);
  const faults: unknown[] = [];
  const news = scriptedNews();
  const asked: string[] = [];
  const application = createApplication({
    engine: engine.engine,
    settings: settings.settings,
    policyWatch: news.policyWatch,
    updates: news.updates,
    surroundings: {
      relaunch: () => asked.push('relaunch'),
      openPage: (url) => {
        asked.push(url);
        return Promise.resolve();
      },
    },
    identity: {
      version: '1',
      platform: 'linux',
      standInElectron: true,
      host: { cpus: 1, memoryMiB: 1024, home: '/home/user' },
    },
    onFault: (cause) => faults.push(cause),
  });
  return {
    ...engine,
    ...news,
    current: settings.current,
    saveNothing: settings.saveNothing,
    application,
    faults,
    asked,
  };
}

/** A running engine that was booted by this application with the settings as they are. */
async function setUpRunning(script: SettingsScript = {}) {
  const parts = setUp('stopped', script);
  const started = parts.application.startEngine();
  parts.finish('running');
  await started;
  parts.calls.length = 0;
  return parts;
}

const code = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

describe('launch', () => {
  it('recovers first, then starts the engine where the settings ask for it', async () => {
    const { application, calls, finish } = setUp('stopped', { values: { startEngineOnLaunch: true } });
    const launched = application.launch();
    const asked = application.startEngine();
    expect(code(await application.restartEngine())).toBe('BUSY');
    expect(calls).toEqual(['recover plain']);
    finish('stopped');
    await expect.poll(() => calls.at(-1)).toBe('start plain');
    finish('running');
    await launched;
    expect(code(await asked)).toBe('ok');
    expect(calls).toHaveLength(2);
    expect(application.snapshot().engine.state.kind).toBe('running');
  });

  it('leaves an adopted engine running and the engine alone where it need not start', async () => {
    for (const startEngineOnLaunch of [true, false]) {
      const { application, calls, finish } = setUp('stopped', { values: { startEngineOnLaunch } });
      const launched = application.launch();
      finish('running');
      await launched;
      expect(calls).toHaveLength(1);
      expect(application.snapshot().restartPending).toBe(false);
    }
  });

  it('stops whatever runs and starts nothing under an invalid policy', async () => {
    const { application, calls, finish } = setUp('stopped', {
      policyInvalid: true,
      values: { startEngineOnLaunch: true },
    });
    const launched = application.launch();
    finish('stopped');
    await launched;
    expect(code(await application.startEngine())).toBe('POLICY_INVALID');
    expect(code(await application.restartEngine())).toBe('POLICY_INVALID');
    expect(calls).toEqual(['recover nothing']);
  });
});

describe('applySettings', () => {
  const isolate = { enhancedContainerIsolation: true };

  it('only saves while the engine is stopped', async () => {
    const { application, calls } = setUp();
    const result = await application.applySettings(isolate, keep);
    expect(result).toEqual(ok({ changed: ['enhancedContainerIsolation'], restarting: false }));
    expect(calls).toEqual([]);
    expect(application.snapshot().engine.eci.configured).toBe(true);
  });

  it('restarts a running engine with the new values', async () => {
    const { application, calls, finish } = await setUpRunning();
    const applied = application.applySettings(isolate, { removeContainers: true });
    expect(calls).toEqual(['restart isolated true']);
    finish('running');
    expect(await applied).toEqual(ok({ changed: ['enhancedContainerIsolation'], restarting: true }));
    expect(application.snapshot().restartPending).toBe(false);
  });

  it('leaves the engine alone for a change that does not concern it, also while it is busy', async () => {
    const { application, calls } = await setUpRunning();
    void application.restartEngine();
    expect(code(await application.applySettings({ theme: 'dark' }, keep))).toBe('ok');
    expect(calls).toHaveLength(1);
  });

  it('does not restart a VM that already runs with the saved values', async () => {
    const { application, calls } = await setUpRunning();
    expect(application.changeSettings(isolate)).toEqual(
      ok({ changed: ['enhancedContainerIsolation'], restartPending: true }),
    );
    const result = await application.applySettings({ enhancedContainerIsolation: false }, keep);
    expect(result).toEqual(ok({ changed: ['enhancedContainerIsolation'], restarting: false }));
    expect(calls).toEqual([]);
  });

  it('does not touch the engine when the change is refused', async () => {
    const { application, calls, current } = await setUpRunning({ locked: ['enhancedContainerIsolation'] });
    expect(code(await application.applySettings({ ...isolate, theme: 'dark' }, keep))).toBe('LOCKED');
    expect(calls).toEqual([]);
    expect(current()).toMatchObject({ enhancedContainerIsolation: false, theme: 'system' });
  });

  it('names the lock rather than the operation under way', async () => {
    const { application } = await setUpRunning({ locked: ['enhancedContainerIsolation'] });
    void application.restartEngine();
    expect(code(await application.applySettings(isolate, keep))).toBe('LOCKED');
  });

  it('saves nothing while another operation is under way', async () => {
    const { application, current, finish } = await setUpRunning();
    const first = application.applySettings(isolate, keep);
    expect(code(await application.applySettings({ enhancedContainerIsolation: false }, keep))).toBe('BUSY');
    expect(code(application.changeSettings({ enhancedContainerIsolation: false }))).toBe('BUSY');
    expect(code(await application.applyPending(keep))).toBe('BUSY');
    finish('running');
    expect(code(await first)).toBe('ok');
    expect(current().enhancedContainerIsolation).toBe(true);
  });

  it('keeps the values after a failed restart, and a retry restarts with them', async () => {
    const { application, calls, current, finish } = await setUpRunning();
    const applied = application.applySettings(isolate, keep);
    finish('failed', err(failure('ENGINE_FAILED')));
    expect(code(await applied)).toBe('ENGINE_FAILED');
    expect(current().enhancedContainerIsolation).toBe(true);
    const retried = application.restartEngine();
    finish('running');
    expect(code(await retried)).toBe('ok');
    expect(calls).toEqual(['restart isolated false', 'restart isolated false']);
  });

  it('says that a restart is pending when a failed one left the VM as it was', async () => {
    const { application, finish } = await setUpRunning();
    const applied = application.applySettings(isolate, keep);
    finish('running', err(failure('ENGINE_FAILED')));
    expect(code(await applied)).toBe('ENGINE_FAILED');
    expect(application.snapshot().restartPending).toBe(true);
  });

  it('brings the values back after a cancelled restart', async () => {
    const { application, current, enter } = await setUpRunning();
    const applied = application.applySettings({ ...isolate, theme: 'dark' }, keep);
    enter('running', 'running');
    await application.cancelOperation();
    expect(code(await applied)).toBe('CANCELLED');
    expect(current()).toMatchObject({ enhancedContainerIsolation: false, theme: 'system' });
    expect(application.snapshot().restartPending).toBe(false);
  });

  it('restarts a failed engine', async () => {
    const { application, calls } = setUp('failed');
    void application.applySettings(isolate, keep);
    expect(calls).toEqual(['restart isolated false']);
  });
});

describe('applyPending', () => {
  it('restarts only an engine that runs with other values', async () => {
    const { application, calls, finish } = await setUpRunning();
    expect(await application.applyPending(keep)).toEqual(ok({ changed: [], restarting: false }));
    application.changeSettings({ enhancedContainerIsolation: true });
    const applied = application.applyPending(keep);
    finish('running');
    expect(await applied).toEqual(ok({ changed: [], restarting: true }));
    expect(calls).toEqual(['restart isolated false']);
    expect(application.snapshot().restartPending).toBe(false);
  });
});

describe('stopping and quitting', () => {
  it('gives up a start that can be given up', async () => {
    const { application, calls, enter } = setUp();
    const started = application.startEngine();
    enter('starting', 'stopped');
    const stopped = application.stopEngine();
    expect(code(await started)).toBe('CANCELLED');
    expect(code(await stopped)).toBe('ok');
    expect(calls).toEqual(['start plain', 'cancel']);
  });

  it('refuses to stop in the middle of what cannot be given up', async () => {
    const { application, enter } = await setUpRunning();
    void application.restartEngine();
    enter('stopping');
    expect(code(await application.stopEngine())).toBe('BUSY');
  });

  it('waits for the operation under way, stops the engine and then refuses everything', async () => {
    const { application, calls, enter, finish } = await setUpRunning();
    const restarted = application.restartEngine();
    enter('stopping');
    const quit = application.shutDown();
    expect(code(await application.startEngine())).toBe('BUSY');
    finish('running');
    await restarted;
    await expect.poll(() => calls.at(-1)).toBe('stop');
    finish('stopped');
    expect(code(await quit)).toBe('ok');
    expect(code(await application.startEngine())).toBe('BUSY');
  });
});

describe('the introduction', () => {
  it('is shown until it was read, which is remembered through the one door', () => {
    const { application, current } = setUp();
    expect(application.snapshot().showIntroduction).toBe(true);
    expect(code(application.dismissIntroduction())).toBe('ok');
    expect(application.snapshot().showIntroduction).toBe(false);
    expect(current().displayedOnboarding).toBe(true);
    application.changeSettings({ displayedOnboarding: false });
    expect(application.snapshot().showIntroduction).toBe(true);
  });

  it('follows a policy, and one that shows it at each launch shows it once a launch', () => {
    const hidden = setUp('stopped', { values: { displayedOnboarding: true }, locked: ['displayedOnboarding'] });
    expect(hidden.application.snapshot().showIntroduction).toBe(false);
    const shown = setUp('stopped', { values: { displayedOnboarding: false }, locked: ['displayedOnboarding'] });
    expect(shown.application.snapshot().showIntroduction).toBe(true);
    expect(code(shown.application.dismissIntroduction())).toBe('ok');
    expect(shown.application.snapshot().showIntroduction).toBe(false);
    expect(shown.current().displayedOnboarding).toBe(false);
  });

  it('does not come back in this run when the disk is full, which is said', () => {
    const { application, saveNothing } = setUp();
    saveNothing();
    expect(code(application.dismissIntroduction())).toBe('SETTINGS_FILE');
    expect(application.snapshot().showIntroduction).toBe(false);
  });
});

describe('the administrator and newer versions', () => {
  const change: PolicyChange = { path: '/policy', kind: 'changed' };
  const available: UpdateStatus = { state: 'available', version: '2', url: 'https://example.org/2', checkedAt: AT };

  it('are passed on as they are heard of', () => {
    const { application, tell } = setUp();
    let told = 0;
    application.subscribe(() => {
      told += 1;
    });
    expect(application.snapshot()).toMatchObject({ policyChange: null, update: { state: 'unknown' } });
    tell({ change });
    tell({ status: available });
    expect(told).toBe(2);
    expect(application.snapshot()).toMatchObject({ policyChange: change, update: available });
  });

  it('opens the page of a release that there is, and no other', async () => {
    const { application, tell, asked } = setUp();
    expect(code(await application.openRelease())).toBe('INVALID');
    tell({ status: available });
    expect(code(await application.openRelease())).toBe('ok');
    expect(asked).toEqual(['https://example.org/2']);
  });

  it('relaunches once', async () => {
    const { application, asked, finish } = await setUpRunning();
    expect(code(application.quitAndRelaunch())).toBe('ok');
    const quit = application.shutDown();
    expect(code(application.quitAndRelaunch())).toBe('BUSY');
    await Promise.resolve();
    finish('stopped');
    await quit;
    expect(asked).toEqual(['relaunch']);
  });
});

describe('the application', () => {
  it('answers instead of throwing', async () => {
    const { application, faults } = setUp('running');
    const result = await application.verify();
    expect(result).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(faults).toHaveLength(1);
  });

  it('tells its subscribers of changes of the engine and of the settings until they leave', async () => {
    const { application, enter } = setUp();
    let told = 0;
    const leave = application.subscribe(() => {
      told += 1;
    });
    enter('running');
    await application.applySettings({ theme: 'light' }, keep);
    const before = told;
    expect(before).toBeGreaterThanOrEqual(2);
    leave();
    enter('failed');
    expect(told).toBe(before);
  });
});
