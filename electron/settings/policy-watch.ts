import { isDeepStrictEqual } from 'node:util';
import type { PolicyChange } from '../../shared/contract/app.ts';
import { type LoadedPolicy, loadPolicy } from './policy-file.ts';
import type { PolicySearch } from './policy-search.ts';
import { watchPaths } from './watch-paths.ts';

/** Whether the administrator's file is still the one that was read at launch. */
export interface PolicyWatch {
  /** Null while another launch would read the same. */
  readonly change: () => PolicyChange | null;
  readonly subscribe: (listener: () => void) => () => void;
  readonly close: () => void;
}

/**
 * Watches every place where a policy can be and compares what would be read there now with `loaded`: content, owners,
 * modes and links, because all of them decide what the next launch obeys. The policy in force never changes by it.
 */
export function watchPolicy(
  search: PolicySearch,
  loaded: LoadedPolicy,
  onFault: (cause: unknown) => void,
): PolicyWatch {
  const listeners = new Set<() => void>();
  let change: PolicyChange | null = null;

  const look = (): void => {
    const now = changeBetween(loaded, loadPolicy(search));
    if (isDeepStrictEqual(now, change)) return;
    change = now;
    for (const listener of listeners) listener();
  };

  const watching = watchPaths(search.paths, { onChange: look, onFault });
  // It may have changed between the reading and the watching.
  look();
  return {
    change: () => change,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: watching.close,
  };
}

/** What happened between two readings; null if the second says what the first did. */
export function changeBetween(before: LoadedPolicy, after: LoadedPolicy): PolicyChange | null {
  if (isDeepStrictEqual(before, after)) return null;
  const was = placeOf(before);
  const is = placeOf(after);
  if (is !== null) return { path: is, kind: was === null ? 'appeared' : 'changed' };
  return was === null ? null : { path: was, kind: 'gone' };
}

const placeOf = ({ status }: LoadedPolicy): string | null => (status.kind === 'none' ? null : status.path);
