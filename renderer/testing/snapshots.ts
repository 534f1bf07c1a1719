import type { AppSnapshot, BulkheadApi } from '../../shared/contract/app.ts';
import type { EngineSnapshot, EngineState, EngineStep, StepProgress } from '../../shared/contract/engine.ts';
import { err, ok } from '../../shared/contract/result.ts';
import type { EffectiveSettings } from '../../shared/contract/settings.ts';
import { mergeSettings } from '../../shared/settings/merge.ts';

/** Builders for the tests of the window: a whole truth of which a test states the part that it is about. */

export const SINCE = '2026-11-22T14:00:00.000Z';

const SETTINGS: EffectiveSettings = mergeSettings({}, {});

const ENGINE: EngineSnapshot = {
  state: { kind: 'stopped', since: SINCE },
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
};

export function engineSnapshot(parts: Partial<EngineSnapshot> = {}): EngineSnapshot {
  return { ...ENGINE, ...parts };
}

/** An engine that runs and was measured. */
export function runningEngine(isolated: boolean, parts: Partial<EngineSnapshot> = {}): EngineSnapshot {
  return engineSnapshot({
    state: { kind: 'running', since: SINCE },
    eci: { configured: isolated, enforced: isolated },
    verification: {
      enforced: isolated,
      uidMap: isolated ? '0 100000 65536' : '0 0 4294967295',
      runtime: isolated ? 'sysbox-runc' : 'runc',
      measuredAt: SINCE,
    },
    bootId: 'boot-1',
    ...parts,
  });
}

export function failedState(step: EngineStep | null, since = SINCE): EngineState {
  const failure = { code: 'ENGINE_FAILED', message: 'No first line.', remedy: 'Retry.' } as const;
  return { kind: 'failed', since, reason: { failure, step, logPath: null } };
}

export function settingsWith(parts: Partial<EffectiveSettings> = {}): EffectiveSettings {
  return { ...SETTINGS, ...parts };
}

export function lockedIsolation(value: boolean): EffectiveSettings['enhancedContainerIsolation'] {
  const policy = { path: '/etc/bulkhead/admin-settings.json', line: 4, column: 3 };
  return { ...SETTINGS.enhancedContainerIsolation, value, source: 'adminLocked', locked: true, policy };
}

export function appSnapshot(parts: Partial<AppSnapshot> = {}): AppSnapshot {
  return {
    version: '0.0.0',
    platform: 'linux',
    standInElectron: false,
    host: { cpus: 8, memoryMiB: 16_384, home: '/home/user' },
    settings: SETTINGS,
    policy: { kind: 'none', searched: [] },
    policyChange: null,
    notices: [],
    engine: ENGINE,
    restartPending: false,
    update: { state: 'unknown' },
    showIntroduction: false,
    quitting: false,
    ...parts,
  };
}

/** A step that took `seconds`; still under way when null. */
export function progress(step: EngineStep, outcome: StepProgress['outcome'], seconds: number | null): StepProgress {
  const endedAt = seconds === null ? null : new Date(Date.parse(SINCE) + seconds * 1000).toISOString();
  return { step, startedAt: SINCE, endedAt, outcome, detail: null };
}

/** A main process that agrees with everything, but for what the test replaces. */
export function agreeableApi(parts: Partial<BulkheadApi> = {}): BulkheadApi {
  const agree = async (): Promise<{ readonly ok: true; readonly value: null }> => await Promise.resolve(ok(null));
  return {
    getSnapshot: async () => await Promise.resolve(ok(appSnapshot())),
    onSnapshot: () => () => undefined,
    applySettings: async () => await Promise.resolve(ok({ changed: [], restarting: false })),
    resetSettings: async () => await Promise.resolve(ok({ changed: [], restartPending: false })),
    startEngine: agree,
    stopEngine: agree,
    restartEngine: agree,
    cancelOperation: agree,
    verify: async () =>
      await Promise.resolve(
        ok({ enforced: true, uidMap: '0 100000 65536', runtime: 'sysbox-runc', measuredAt: SINCE }),
      ),
    deepVerify: async () =>
      await Promise.resolve(
        err({ code: 'NOT_RUNNING', message: 'The engine is not running.', remedy: 'Start it.' } as const),
      ),
    listContainers: async () => await Promise.resolve(ok([])),
    readLog: async () => await Promise.resolve(ok({ path: '/log', text: '' })),
    dismissNotice: agree,
    quitAndRelaunch: agree,
    checkForUpdates: async () => await Promise.resolve(ok({ state: 'upToDate', checkedAt: SINCE })),
    openRelease: agree,
    dismissIntroduction: agree,
    ...parts,
  };
}
