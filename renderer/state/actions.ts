import type { AppSnapshot, BulkheadApi } from '../../shared/contract/app.ts';
import type { EngineSnapshot } from '../../shared/contract/engine.ts';
import { ok, type Result } from '../../shared/contract/result.ts';
import type { SettingKey, SettingsPatch, SettingValues } from '../../shared/contract/settings.ts';
import { catalog, type SettingsSection } from '../../shared/settings/catalog.ts';
import { applyPlan } from '../model/apply-plan.ts';
import type { Submission } from '../model/apply-session.ts';
import { patchOf, pendingChanges, withDraft, type Change } from '../model/changes.ts';
import { draftProblems, type Unread } from '../model/draft-problems.ts';
import { stepsToRunning } from '../model/steps.ts';
import type { Tab } from '../settings/rows.ts';
import { ask, NO_BRIDGE } from './bridge.ts';
import type { Page, TaskName, WindowState, WindowStore } from './store.ts';

/** What the window's controls do. Every failure ends up in the store, where the control that asked shows it. */
export interface Actions {
  /** Fetches the truth and follows it; returns the way to stop. */
  readonly connect: () => () => void;
  readonly showPage: (page: Page) => void;
  readonly showTab: (tab: Tab) => void;
  readonly showSection: (section: SettingsSection) => void;
  readonly search: (query: string) => void;
  /** Brings the row of a setting into view, whatever is shown now. */
  readonly reveal: (key: SettingKey) => void;
  readonly edit: <K extends SettingKey>(key: K, value: SettingValues[K]) => void;
  /** Keeps what was typed into the field of a setting although it can't be read as a value. */
  readonly editUnread: (key: SettingKey, text: string) => void;
  /** Takes one value out of the draft. */
  readonly undo: (key: SettingKey) => void;
  readonly discardDraft: () => void;
  /** Sends one value at once, past the draft. */
  readonly setNow: <K extends SettingKey>(key: K, value: SettingValues[K]) => Promise<void>;
  /** Applies the draft; opens the review first when the VM would restart. */
  readonly apply: () => Promise<void>;
  readonly setRemoveContainers: (removeContainers: boolean) => void;
  readonly submit: () => Promise<void>;
  /** After a failure: saves what was not saved and brings the engine up. */
  readonly retry: () => Promise<void>;
  readonly showSession: (shown: boolean) => void;
  readonly endSession: () => void;
  readonly engine: (operation: EngineOperation) => Promise<void>;
  readonly verify: () => Promise<void>;
  /** Tries on the running engine what containers may not do. */
  readonly deepVerify: () => Promise<void>;
  readonly listContainers: () => Promise<void>;
  readonly readLog: () => Promise<void>;
  readonly dismissNotice: (id: string) => Promise<void>;
  readonly quitAndRelaunch: () => Promise<void>;
  readonly checkForUpdates: () => Promise<void>;
  readonly openRelease: () => Promise<void>;
  readonly dismissIntroduction: () => Promise<void>;
}

function submissionTo(engine: EngineSnapshot): Submission {
  const { state, bootId } = engine;
  return { stateSince: state.since, bootId, planned: stepsToRunning(state), result: null };
}

const ENGINE_OPERATIONS = ['startEngine', 'stopEngine', 'restartEngine', 'cancelOperation'] as const;
export type EngineOperation = (typeof ENGINE_OPERATIONS)[number];

/**
 * The state with a new truth in it. What the truth has overtaken goes: drafted values that came into force in another
 * way, the containers of an earlier VM, and refusals of operations on an engine that has moved on since.
 */
function withSnapshot(
  { connection, draft, containers, tasks }: WindowState,
  snapshot: AppSnapshot,
): Partial<WindowState> {
  const before = connection.kind === 'connected' ? connection.snapshot.engine : null;
  const { state, bootId } = snapshot.engine;
  const settled = ENGINE_OPERATIONS.filter((name) => tasks[name]?.pending === false);
  return {
    connection: { kind: 'connected', snapshot },
    draft: patchOf(pendingChanges(snapshot.settings, draft)),
    containers: before?.bootId === bootId ? containers : null,
    tasks: before?.state.kind === state.kind ? tasks : without(tasks, settled),
  };
}

function without(tasks: WindowState['tasks'], names: readonly TaskName[]): WindowState['tasks'] {
  return Object.fromEntries(Object.entries(tasks).filter(([name]) => !names.some((other) => other === name)));
}

const undrafted = (draft: SettingsPatch, key: SettingKey): SettingsPatch =>
  Object.fromEntries(Object.entries(draft).filter(([other]) => other !== key));

const read = (unread: Unread, key: SettingKey): Unread =>
  Object.fromEntries(Object.entries(unread).filter(([other]) => other !== key));

/** The actions of a window whose preload gave `api`; null when it gave none. */
export function createActions(store: WindowStore, api: BulkheadApi | null): Actions {
  const { getState, setState } = store;

  const snapshot = (): AppSnapshot | null => {
    const { connection } = getState();
    return connection.kind === 'connected' ? connection.snapshot : null;
  };

  const attempt = async <T>(name: TaskName, question: (api: BulkheadApi) => Promise<Result<T>>): Promise<Result<T>> => {
    const note = (pending: boolean, failure: WindowState['tasks']['apply']): void => {
      setState(({ tasks }) => ({ tasks: { ...tasks, [name]: failure ?? { pending, failure: null } } }));
    };
    note(true, undefined);
    const result: Result<T> = api === null ? { ok: false, error: NO_BRIDGE } : await ask(() => question(api));
    note(false, result.ok ? undefined : { pending: false, failure: result.error });
    return result;
  };

  const endSession = (): void =>
    setState(({ tasks }) => ({ session: null, sessionShown: false, tasks: without(tasks, ['apply']) }));

  /**
   * Hands a request to the main process and keeps its answer with the session that made it. A hidden session ends with a
   * success, which the engine's state shows anyway, and comes back with anything else.
   */
  const follow = async (
    changes: readonly Change[],
    removeContainers: boolean,
    question: (api: BulkheadApi) => Promise<Result<{ readonly restarting: boolean }>>,
  ): Promise<void> => {
    const current = snapshot();
    if (current === null) return;
    const session = { changes, removeContainers, submission: submissionTo(current.engine) };
    setState({ session, sessionShown: true });
    const result = await attempt('apply', question);
    if (result.ok) setState(({ draft }) => ({ draft: changes.reduce((rest, { key }) => undrafted(rest, key), draft) }));
    if (getState().session !== session) return;
    if (result.ok && !getState().sessionShown) {
      endSession();
      return;
    }
    setState({ session: { ...session, submission: { ...session.submission, result } }, sessionShown: true });
    if (!result.ok && result.error.code === 'CANCELLED') setState({ draft: patchOf(changes) });
  };

  const saveAndFollow = async (changes: readonly Change[], removeContainers: boolean): Promise<void> => {
    await follow(
      changes,
      removeContainers,
      async (bridge) => await bridge.applySettings(patchOf(changes), { removeContainers }),
    );
  };

  const bringUp = async (changes: readonly Change[], engine: EngineSnapshot): Promise<void> => {
    await follow(changes, false, async (bridge) => {
      const result = await (engine.state.kind === 'running' ? bridge.restartEngine() : bridge.startEngine());
      return result.ok ? ok({ restarting: true }) : result;
    });
  };

  const listContainers = async (): Promise<void> => {
    const result = await attempt('listContainers', async (bridge) => await bridge.listContainers());
    setState({ containers: result.ok ? result.value : null });
  };

  const openReview = (changes: readonly Change[]): void => {
    setState({ session: { changes, removeContainers: false, submission: null }, sessionShown: true });
    void listContainers();
  };

  return {
    connect: () => {
      const stop = api?.onSnapshot((next) => setState((state) => withSnapshot(state, next)));
      void (async () => {
        setState({ connection: { kind: 'connecting' } });
        const result: Result<AppSnapshot> =
          api === null ? { ok: false, error: NO_BRIDGE } : await ask(async () => await api.getSnapshot());
        setState((state) =>
          result.ok ? withSnapshot(state, result.value) : { connection: { kind: 'lost', failure: result.error } },
        );
      })();
      return () => stop?.();
    },

    showPage: (page) => setState({ page }),
    showTab: (tab) => setState({ page: 'settings', tab, query: '', revealed: null }),
    showSection: (section) => setState({ section, revealed: null }),
    search: (query) => setState({ query }),

    reveal: (key) => {
      const { tab, section } = catalog[key];
      if (tab === null) return;
      setState((state) => ({ page: 'settings', tab, section: section ?? state.section, query: '', revealed: { key } }));
    },

    edit: (key, value) => {
      const current = snapshot();
      if (current === null || current.settings[key].locked) return;
      setState(({ draft, unread }) => ({
        draft: withDraft(current.settings, draft, key, value),
        unread: read(unread, key),
        saved: false,
      }));
    },

    editUnread: (key, text) => {
      if (snapshot()?.settings[key].locked !== false) return;
      setState(({ unread }) => ({ unread: { ...unread, [key]: text }, saved: false }));
    },

    undo: (key) => setState(({ draft, unread }) => ({ draft: undrafted(draft, key), unread: read(unread, key) })),

    discardDraft: () => setState({ draft: {}, unread: {} }),

    setNow: async (key, value) => {
      setState(({ instant }) => ({ instant: { ...instant, [key]: value } }));
      await attempt(
        `setting:${key}`,
        async (bridge) => await bridge.applySettings({ [key]: value }, { removeContainers: false }),
      );
      setState(({ instant: { [key]: _answered, ...instant } }) => ({ instant }));
    },

    apply: async () => {
      const current = snapshot();
      if (current === null) return;
      const { draft, unread } = getState();
      const changes = pendingChanges(current.settings, draft);
      if (draftProblems({ settings: current.settings, host: current.host, draft, unread }).length > 0) return;
      const plan = applyPlan(changes, current.engine.state, null);
      if (!plan.enabled) return;
      if (plan.restarts) {
        openReview(changes);
        return;
      }
      const submission = submissionTo(current.engine);
      const result = await attempt(
        'apply',
        async (bridge) => await bridge.applySettings(patchOf(changes), { removeContainers: false }),
      );
      if (!result.ok) return;
      setState({ draft: {}, saved: true });
      if (!result.value.restarting) return;
      setState({
        session: { changes, removeContainers: false, submission: { ...submission, result } },
        sessionShown: true,
      });
    },

    setRemoveContainers: (removeContainers) =>
      setState(({ session }) => ({ session: session === null ? null : { ...session, removeContainers } })),

    submit: async () => {
      const { session } = getState();
      if (session !== null) await saveAndFollow(session.changes, session.removeContainers);
    },

    retry: async () => {
      const { session } = getState();
      const current = snapshot();
      if (session === null || current === null) return;
      const unsaved = pendingChanges(current.settings, patchOf(session.changes)).length > 0;
      await (unsaved
        ? saveAndFollow(session.changes, session.removeContainers)
        : bringUp(session.changes, current.engine));
    },

    showSession: (sessionShown) => setState({ sessionShown }),

    endSession,

    engine: async (operation) => {
      const result = await attempt(operation, async (bridge) => await bridge[operation]());
      // Who cancelled it need not be told that it was.
      if (!result.ok && result.error.code === 'CANCELLED')
        setState(({ tasks }) => ({ tasks: without(tasks, [operation]) }));
    },

    verify: async () => {
      await attempt('verify', async (bridge) => await bridge.verify());
    },

    deepVerify: async () => {
      setState({ deepCheck: null });
      const result = await attempt('deepVerify', async (bridge) => await bridge.deepVerify());
      if (result.ok) setState({ deepCheck: result.value });
    },

    listContainers,

    readLog: async () => {
      const result = await attempt('readLog', async (bridge) => await bridge.readLog());
      if (result.ok) setState({ log: result.value });
    },

    dismissNotice: async (id) => {
      await attempt(`notice:${id}`, async (bridge) => await bridge.dismissNotice(id));
    },

    quitAndRelaunch: async () => {
      await attempt('quitAndRelaunch', async (bridge) => await bridge.quitAndRelaunch());
    },

    checkForUpdates: async () => {
      await attempt('checkForUpdates', async (bridge) => await bridge.checkForUpdates());
    },

    openRelease: async () => {
      await attempt('openRelease', async (bridge) => await bridge.openRelease());
    },

    dismissIntroduction: async () => {
      await attempt('dismissIntroduction', async (bridge) => await bridge.dismissIntroduction());
    },
  };
}
