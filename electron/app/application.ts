import { isDeepStrictEqual } from 'node:util';
import type { ApplyOptions } from '../../shared/contract/app.ts';
import { err, ok, type Failure, type Result } from '../../shared/contract/result.ts';
import type { ApplyOutcome, SettingKey, SettingsChange, SettingsPatch } from '../../shared/contract/settings.ts';
import type { Engine, EngineConfig } from '../engine/port.ts';
import type { PolicyWatch } from '../settings/policy-watch.ts';
import type { Settings } from '../settings/port.ts';
import { deepCheckContext } from './deep-check-context.ts';
import { differingKeys, valuesOf } from './patch.ts';
import type { AppIdentity, Application, Surroundings, Updates } from './port.ts';

interface Parts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly policyWatch: Pick<PolicyWatch, 'change' | 'subscribe'>;
  readonly updates: Updates;
  readonly surroundings: Surroundings;
  readonly identity: AppIdentity;
  /** Told of what should not have happened. */
  readonly onFault: (cause: unknown) => void;
}

const BUSY: Failure = {
  code: 'BUSY',
  message: 'The engine is busy with another operation.',
  remedy: 'Wait until it has ended, or cancel it.',
};
const QUITTING: Failure = {
  code: 'BUSY',
  message: 'Bulkhead is quitting and is stopping the engine.',
  remedy: 'Start Bulkhead again once it has quit.',
};
const NO_RELEASE: Failure = {
  code: 'INVALID',
  message: 'No newer version is known.',
  remedy: 'Check for updates first.',
};

/** The application object around these parts. */
export function createApplication(parts: Parts): Application {
  const { engine, settings, policyWatch, updates, surroundings, identity, onFault } = parts;
  const listeners = new Set<() => void>();
  /** The operation under way; it never rejects. */
  let operation: Promise<unknown> | null = null;
  /** The first operation of a launch. */
  let recovery: Promise<Result<null>> | null = null;
  let starting: Promise<Result<null>> | null = null;
  let quitting = false;
  /** Read in this run, though it could not be remembered. */
  let introductionRead = false;
  /** What the VM was booted with; null while none is known to run. */
  let bootedWith: EngineConfig | null = null;

  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  engine.subscribe(notify);
  settings.subscribe(notify);
  policyWatch.subscribe(notify);
  updates.subscribe(notify);

  const refusal = (): Failure | null => {
    if (quitting) return QUITTING;
    return operation === null ? null : BUSY;
  };

  /** Answers instead of throwing. */
  const contained = async <T>(work: () => Promise<Result<T>>): Promise<Result<T>> => {
    try {
      return await work();
    } catch (cause) {
      onFault(cause);
      return err(internal(cause));
    }
  };

  const atTheDoor = (change: () => ReturnType<Settings['change']>): ReturnType<Settings['change']> => {
    try {
      return change();
    } catch (cause) {
      onFault(cause);
      return err(internal(cause));
    }
  };

  const save = (patch: unknown): ReturnType<Settings['change']> => atTheDoor(() => settings.change(patch));

  const changedOnly = (change: ReturnType<Settings['change']>): Result<SettingsChange> =>
    change.ok ? ok({ changed: change.value.changed, restartPending: isRestartPending() }) : change;

  const exclusive = async <T>(work: () => Promise<Result<T>>): Promise<Result<T>> => {
    const refused = refusal();
    if (refused !== null) return err(refused);
    const running = contained(work);
    operation = running;
    notify();
    const result = await running;
    operation = null;
    notify();
    return result;
  };

  /** Boots with the effective settings. A restart that fails early leaves the VM running as it was booted before. */
  const boot = async (how: 'start' | 'restart', options: ApplyOptions): Promise<Result<null>> => {
    const config = settings.engineConfig();
    if (!config.ok) return config;
    const result = how === 'start' ? await engine.start(config.value) : await engine.restart(config.value, options);
    if (result.ok) bootedWith = config.value;
    return result;
  };

  const isRunning = (): boolean => engine.snapshot().state.kind === 'running';

  const runsWithEffectiveSettings = (): boolean => {
    const config = settings.engineConfig();
    return config.ok && isDeepStrictEqual(config.value, bootedWith);
  };

  const isRestartPending = (): boolean => operation === null && isRunning() && !runsWithEffectiveSettings();

  const needsRestart = (): boolean => {
    const { kind } = engine.snapshot().state;
    return kind === 'failed' || (kind === 'running' && !runsWithEffectiveSettings());
  };

  /** A change that touches the engine has to wait for the operation under way; a refusal for a lock comes first. */
  const conflict = (patch: unknown): Failure | null => {
    const refused = refusal();
    if (refused === null) return null;
    const effective = settings.effective();
    const differing = differingKeys(effective, patch);
    if (differing.some((key) => effective[key].locked)) return null;
    return differing.some((key) => effective[key].cost === 'engineRestart') ? refused : null;
  };

  /** Restarts for a change that was just saved; when it is given up, the settings go back to `before`. */
  const restartFor = (changed: readonly SettingKey[], before: SettingsPatch, options: ApplyOptions) =>
    exclusive<ApplyOutcome>(async () => {
      const restarted = await boot('restart', options);
      if (restarted.ok) return ok({ changed, restarting: true });
      if (restarted.error.code === 'CANCELLED') {
        const undone = settings.change(Object.fromEntries(changed.map((key) => [key, before[key]])));
        if (!undone.ok) return undone;
      }
      return restarted;
    });

  const giveUpOperation = async (): Promise<void> => {
    if (operation === null) return;
    if (engine.snapshot().cancellable) await contained(engine.cancel);
    await operation;
  };

  const startAfterRecovery = async (): Promise<Result<null>> => {
    if (recovery !== null) await recovery;
    if (operation === null && isRunning()) return ok(null);
    return exclusive(() => boot('start', { removeContainers: false }));
  };

  /** Whoever asks for a start that is under way waits for that one. */
  const startEngine = (): Promise<Result<null>> => {
    starting ??= startAfterRecovery().finally(() => {
      starting = null;
    });
    return starting;
  };

  return {
    snapshot: () => {
      const effective = settings.effective();
      const current = engine.snapshot();
      const configured = effective.enhancedContainerIsolation.value;
      return {
        ...identity,
        settings: effective,
        policy: settings.policy(),
        policyChange: policyWatch.change(),
        notices: settings.notices(),
        engine: { ...current, eci: { ...current.eci, configured } },
        restartPending: isRestartPending(),
        update: updates.status(),
        showIntroduction: !effective.displayedOnboarding.value && !introductionRead,
        quitting,
      };
    },

    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },

    launch: async () => {
      const config = settings.engineConfig();
      recovery = exclusive(async () => {
        const recovered = await engine.recover(config.ok ? config.value : null);
        if (isRunning() && config.ok) bootedWith = config.value;
        return recovered;
      });
      const recovered = await recovery;
      if (!recovered.ok) onFault(new Error(`A VM of an earlier run: ${recovered.error.message}`));
      if (config.ok && settings.effective().startEngineOnLaunch.value) await startEngine();
    },

    applySettings: async (patch, options) => {
      const refused = conflict(patch);
      if (refused !== null) return err(refused);
      const before = valuesOf(settings.effective());
      const change = save(patch);
      if (!change.ok) return change;
      const { changed } = change.value;
      const effective = settings.effective();
      const concernsEngine = changed.some((key) => effective[key].cost === 'engineRestart');
      return concernsEngine && needsRestart()
        ? restartFor(changed, before, options)
        : ok({ changed, restarting: false });
    },

    changeSettings: (patch) => {
      const refused = conflict(patch);
      if (refused !== null) return err(refused);
      return changedOnly(save(patch));
    },

    resetSettings: (keys) => {
      const refused = refusal();
      const effective = settings.effective();
      const asked: readonly unknown[] = Array.isArray(keys) ? keys : [];
      const named = Object.values(effective).filter(({ key }) => asked.includes(key));
      const concernsEngine = named.some(({ cost, locked }) => cost === 'engineRestart' && !locked);
      if (refused !== null && concernsEngine) return err(refused);
      return changedOnly(atTheDoor(() => settings.reset(keys)));
    },

    explainSetting: settings.explain,

    applyPending: (options) =>
      exclusive<ApplyOutcome>(async () => {
        if (!needsRestart()) return ok({ changed: [], restarting: false });
        const restarted = await boot('restart', options);
        return restarted.ok ? ok({ changed: [], restarting: true }) : restarted;
      }),

    startEngine,

    stopEngine: async () => {
      if (quitting) return err(QUITTING);
      if (operation !== null && engine.snapshot().cancellable) await giveUpOperation();
      return exclusive(async () => {
        if (engine.snapshot().state.kind === 'stopped') return ok(null);
        return engine.stop();
      });
    },

    restartEngine: () =>
      exclusive(() =>
        boot(engine.snapshot().state.kind === 'stopped' ? 'start' : 'restart', { removeContainers: false }),
      ),

    cancelOperation: () => contained(engine.cancel),
    verify: () => contained(engine.verify),
    deepVerify: () => contained(() => engine.deepVerify(deepCheckContext(identity, settings))),
    listContainers: () => contained(engine.listContainers),
    readLog: () => contained(engine.readLog),

    dismissNotice: (id) => {
      settings.dismissNotice(id);
      return ok(null);
    },

    quitAndRelaunch: () => {
      if (quitting) return err(QUITTING);
      surroundings.relaunch();
      return ok(null);
    },

    checkForUpdates: () => contained(updates.check),

    openRelease: () =>
      contained(async () => {
        const status = updates.status();
        if (status.state !== 'available') return err(NO_RELEASE);
        await surroundings.openPage(status.url);
        return ok(null);
      }),

    dismissIntroduction: () => {
      const isLocked = settings.effective().displayedOnboarding.locked;
      const saved = isLocked ? ok(null) : save({ displayedOnboarding: true });
      introductionRead = isLocked || !saved.ok;
      notify();
      return saved.ok ? ok(null) : saved;
    },

    shutDown: async () => {
      quitting = true;
      notify();
      await giveUpOperation();
      if (engine.snapshot().state.kind === 'stopped') return ok(null);
      return contained(engine.stop);
    },
  };
}

const internal = (cause: unknown): Failure => ({
  code: 'INTERNAL',
  message: `Bulkhead made a mistake: ${cause instanceof Error ? cause.message : String(cause)}`,
  remedy: 'See the log for the details, and report it.',
});
