import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { AppSnapshot } from '../../shared/contract/app.ts';
import type { Draft } from '../model/draft-problems.ts';
import type { Actions } from './actions.ts';
import { IDLE, type Task, type TaskName, type WindowState, type WindowStore } from './store.ts';

export interface WindowContext {
  readonly store: WindowStore;
  readonly actions: Actions;
}

export const BulkheadContext = createContext<WindowContext | null>(null);

function useBulkhead(): WindowContext {
  const context = use(BulkheadContext);
  if (context === null) throw new Error('A component that reads the store stands outside <BulkheadContext>.');
  return context;
}

export function useActions(): Actions {
  return useBulkhead().actions;
}

/** Re-renders when what `select` gives changes; `select` must give the same reference for the same state. */
export function useWindow<T>(select: (state: WindowState) => T): T {
  return useStore(useBulkhead().store, select);
}

/** The main process's truth. Only for components below the one that waits for the connection. */
export function useSnapshot(): AppSnapshot {
  return useWindow(({ connection }) => {
    if (connection.kind !== 'connected') throw new Error('The snapshot was read before there was one.');
    return connection.snapshot;
  });
}

/** What is drafted, over what holds. */
export function useDraft(): Draft {
  const snapshot = useSnapshot();
  const draft = useWindow((state) => state.draft);
  const unread = useWindow((state) => state.unread);
  return { settings: snapshot.settings, host: snapshot.host, draft, unread };
}

export function useTask(name: TaskName): Task {
  return useWindow(({ tasks }) => tasks[name] ?? IDLE);
}
