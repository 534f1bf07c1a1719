import { describe, expect, test, vi } from 'vitest';
import type { AppSnapshot, BulkheadApi } from '../../shared/contract/app.ts';
import { err, ok, type Failure } from '../../shared/contract/result.ts';
import { applyView } from '../model/apply-session.ts';
import { agreeableApi, appSnapshot, lockedIsolation, runningEngine, settingsWith } from '../testing/snapshots.ts';
import { createActions, type Actions } from './actions.ts';
import { createWindowStore, type WindowStore } from './store.ts';

const REFUSED: Failure = { code: 'BUSY', message: 'The engine is busy.', remedy: 'Wait.' };
const isolated = { ...settingsWith().enhancedContainerIsolation, value: true };

interface Window {
  readonly store: WindowStore;
  readonly actions: Actions;
  readonly push: (snapshot: AppSnapshot) => void;
}

/** A window that is connected to a main process with a running engine. */
async function openWindow(
  parts: Partial<BulkheadApi> = {},
  first = appSnapshot({ engine: runningEngine(false) }),
): Promise<Window> {
  const listeners = new Set<(snapshot: AppSnapshot) => void>();
  const store = createWindowStore();
  const api = agreeableApi({
    getSnapshot: async () => await Promise.resolve(ok(first)),
    onSnapshot: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...parts,
  });
  const actions = createActions(store, api);
  actions.connect();
  await vi.waitFor(() => expect(store.getState().connection.kind).not.toBe('connecting'));
  return {
    store,
    actions,
    push: (snapshot) => {
      for (const listener of listeners) listener(snapshot);
    },
  };
}

describe('the connection', () => {
  test('is lost without a preload, and says so', () => {
    const store = createWindowStore();
    createActions(store, null).connect();
    return vi.waitFor(() =>
      expect(store.getState().connection).toMatchObject({ kind: 'lost', failure: { code: 'INTERNAL' } }),
    );
  });

  test('is lost when the main process breaks, with its words', async () => {
    const { store } = await openWindow({ getSnapshot: () => Promise.reject(new Error('reply was never sent')) });
    const { connection } = store.getState();
    expect(connection.kind === 'lost' && connection.failure.message).toMatch(/reply was never sent/);
  });

  test('follows the main process until it is closed', async () => {
    const store = createWindowStore();
    const stop = vi.fn<() => void>();
    const disconnect = createActions(store, agreeableApi({ onSnapshot: () => stop })).connect();
    disconnect();
    expect(stop).toHaveBeenCalledOnce();
  });
});

describe('the draft', () => {
  test('is dropped where the same value came into force in another way', async () => {
    const { store, actions, push } = await openWindow();
    actions.edit('enhancedContainerIsolation', true);
    push(appSnapshot({ settings: settingsWith({ enhancedContainerIsolation: isolated }) }));
    expect(store.getState().draft).toEqual({});
  });

  test('refuses a locked setting', async () => {
    const settings = settingsWith({ enhancedContainerIsolation: lockedIsolation(true) });
    const { store, actions } = await openWindow({}, appSnapshot({ settings }));
    actions.edit('enhancedContainerIsolation', false);
    expect(store.getState().draft).toEqual({});
  });

  test('survives a refusal, which is kept to be shown', async () => {
    const { store, actions } = await openWindow({ applySettings: async () => await Promise.resolve(err(REFUSED)) });
    actions.edit('startEngineOnLaunch', false);
    await actions.apply();
    expect(store.getState()).toMatchObject({
      draft: { startEngineOnLaunch: false },
      tasks: { apply: { pending: false, failure: REFUSED } },
    });
  });
});

describe('what was typed and is no value', () => {
  test('keeps the draft from being applied until it is one, or is undone', async () => {
    const applySettings = vi.fn<BulkheadApi['applySettings']>(
      async () => await Promise.resolve(ok({ changed: ['startEngineOnLaunch'], restarting: false })),
    );
    const { store, actions } = await openWindow({ applySettings });
    actions.edit('startEngineOnLaunch', false);
    actions.editUnread('memoryMiB', 'much');
    await actions.apply();
    expect(applySettings).not.toHaveBeenCalled();
    actions.edit('memoryMiB', 4096);
    expect(store.getState()).toMatchObject({ unread: {}, draft: { memoryMiB: 4096 } });
    actions.undo('memoryMiB');
    await actions.apply();
    expect(applySettings).toHaveBeenCalledExactlyOnceWith({ startEngineOnLaunch: false }, { removeContainers: false });
  });

  test('is refused for a locked setting, and goes with the rest of the draft', async () => {
    const settings = settingsWith({ cpus: { ...settingsWith().cpus, locked: true, source: 'adminLocked' } });
    const { store, actions } = await openWindow({}, appSnapshot({ settings }));
    actions.editUnread('cpus', 'many');
    actions.editUnread('swapMiB', 'none');
    expect(store.getState().unread).toEqual({ swapMiB: 'none' });
    actions.discardDraft();
    expect(store.getState().unread).toEqual({});
  });
});

describe('going to a setting', () => {
  test('opens its tab and section and ends the search', async () => {
    const { store, actions } = await openWindow();
    actions.showPage('engine');
    actions.search('bypass');
    actions.reveal('proxyExclude');
    expect(store.getState()).toMatchObject({
      page: 'settings',
      tab: 'resources',
      section: 'proxies',
      query: '',
      revealed: { key: 'proxyExclude' },
    });
    actions.showTab('general');
    expect(store.getState().revealed).toBeNull();
  });

  test('stays where it is for one that has no row', async () => {
    const { store, actions } = await openWindow();
    actions.reveal('dockerSocketImages');
    expect(store.getState()).toMatchObject({ tab: 'general', revealed: null });
  });
});

describe('applying', () => {
  test('ends the draft also where the value was stored in another form', async () => {
    const applySettings: BulkheadApi['applySettings'] = async () =>
      await Promise.resolve(ok({ changed: ['sharedDirectories'], restarting: true }));
    const { store, actions } = await openWindow({ applySettings });
    actions.edit('sharedDirectories', ['/srv/']);
    await actions.apply();
    await actions.submit();
    expect(store.getState().draft).toEqual({});
  });

  test('sends a change that restarts nothing at once', async () => {
    const applySettings = vi.fn<BulkheadApi['applySettings']>(
      async () => await Promise.resolve(ok({ changed: ['startEngineOnLaunch'], restarting: false })),
    );
    const { store, actions } = await openWindow({ applySettings });
    actions.edit('startEngineOnLaunch', false);
    await actions.apply();
    expect(applySettings).toHaveBeenCalledExactlyOnceWith({ startEngineOnLaunch: false }, { removeContainers: false });
    expect(store.getState()).toMatchObject({ draft: {}, saved: true, session: null });
  });

  test('reviews the containers before a restart, and sends what was chosen there', async () => {
    const applySettings = vi.fn<BulkheadApi['applySettings']>(
      async () => await Promise.resolve(ok({ changed: ['enhancedContainerIsolation'], restarting: true })),
    );
    const { store, actions } = await openWindow({ applySettings });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    expect(applySettings).not.toHaveBeenCalled();
    expect(store.getState().session?.submission).toBeNull();
    actions.setRemoveContainers(true);
    await actions.submit();
    expect(applySettings).toHaveBeenCalledExactlyOnceWith(
      { enhancedContainerIsolation: true },
      { removeContainers: true },
    );
  });

  test('keeps the change as a draft when it was cancelled', async () => {
    const applySettings: BulkheadApi['applySettings'] = async () =>
      await Promise.resolve(err({ ...REFUSED, code: 'CANCELLED' }));
    const { store, actions, push } = await openWindow({ applySettings });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    const submitting = actions.submit();
    push(appSnapshot({ settings: settingsWith({ enhancedContainerIsolation: isolated }) }));
    push(appSnapshot({ engine: runningEngine(false) }));
    await submitting;
    expect(store.getState().draft).toEqual({ enhancedContainerIsolation: true });
  });

  test('shows a main process that breaks as a refusal', async () => {
    const { store, actions } = await openWindow({ applySettings: () => Promise.reject(new Error('gone')) });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    await actions.submit();
    const { session } = store.getState();
    expect(session && applyView(session, runningEngine(false))).toMatchObject({
      kind: 'refused',
      failure: { message: expect.stringContaining('gone') as unknown },
    });
  });
});

describe('a hidden session', () => {
  const hide = async (answer: Awaited<ReturnType<BulkheadApi['applySettings']>>): Promise<WindowStore> => {
    const { store, actions } = await openWindow({ applySettings: async () => await Promise.resolve(answer) });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    const submitting = actions.submit();
    actions.showSession(false);
    await submitting;
    return store;
  };

  test('ends with its success', async () => {
    const store = await hide(ok({ changed: ['enhancedContainerIsolation'], restarting: true }));
    expect(store.getState()).toMatchObject({ session: null, sessionShown: false });
  });

  test('comes back with its failure', async () => {
    const store = await hide(err(REFUSED));
    expect(store.getState()).toMatchObject({ session: { submission: { result: err(REFUSED) } }, sessionShown: true });
  });
});

describe('operations on the engine', () => {
  test('keep a refusal until the engine has moved on', async () => {
    const { store, actions, push } = await openWindow({ stopEngine: async () => await Promise.resolve(err(REFUSED)) });
    await actions.engine('stopEngine');
    expect(store.getState().tasks.stopEngine?.failure).toEqual(REFUSED);
    push(appSnapshot({ engine: runningEngine(false) }));
    expect(store.getState().tasks.stopEngine?.failure).toEqual(REFUSED);
    push(appSnapshot());
    expect(store.getState().tasks.stopEngine).toBeUndefined();
  });

  test('are not said to have failed when they were cancelled', async () => {
    const { store, actions } = await openWindow({
      startEngine: async () => await Promise.resolve(err({ ...REFUSED, code: 'CANCELLED' })),
    });
    await actions.engine('startEngine');
    expect(store.getState().tasks.startEngine).toBeUndefined();
  });
});

test('the containers of an earlier VM are forgotten', async () => {
  const { store, actions, push } = await openWindow();
  await actions.listContainers();
  expect(store.getState().containers).toEqual([]);
  push(appSnapshot({ engine: runningEngine(false, { bootId: 'boot-2' }) }));
  expect(store.getState().containers).toBeNull();
});

describe('retrying', () => {
  test('saves again what was not saved', async () => {
    const applySettings = vi.fn<BulkheadApi['applySettings']>(async () => await Promise.resolve(err(REFUSED)));
    const { actions } = await openWindow({ applySettings });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    await actions.submit();
    await actions.retry();
    expect(applySettings).toHaveBeenCalledTimes(2);
  });

  test('only starts the engine where the change is saved', async () => {
    const applySettings = vi.fn<BulkheadApi['applySettings']>(async () => await Promise.resolve(err(REFUSED)));
    const startEngine = vi.fn<BulkheadApi['startEngine']>(async () => await Promise.resolve(ok(null)));
    const { actions, push } = await openWindow({ applySettings, startEngine });
    actions.edit('enhancedContainerIsolation', true);
    await actions.apply();
    await actions.submit();
    push(appSnapshot({ settings: settingsWith({ enhancedContainerIsolation: isolated }) }));
    await actions.retry();
    expect(applySettings).toHaveBeenCalledOnce();
    expect(startEngine).toHaveBeenCalledOnce();
  });
});

test('a setting that applies at once shows its value until the answer, and then the refusal', async () => {
  let answer = (): void => undefined;
  const { store, actions } = await openWindow({
    applySettings: async () =>
      await new Promise((resolve) => {
        answer = () => resolve(err(REFUSED));
      }),
  });
  const setting = actions.setNow('theme', 'dark');
  expect(store.getState().instant).toEqual({ theme: 'dark' });
  answer();
  await setting;
  expect(store.getState()).toMatchObject({ instant: {}, tasks: { 'setting:theme': { failure: REFUSED } } });
});

test('containers that could not be listed are unknown, not none', async () => {
  const { store, actions } = await openWindow({ listContainers: async () => await Promise.resolve(err(REFUSED)) });
  await actions.listContainers();
  expect(store.getState()).toMatchObject({ containers: null, tasks: { listContainers: { failure: REFUSED } } });
});
