import type { UpdateStatus } from '../../shared/contract/app.ts';
import { err, type Failure, ok, type Result } from '../../shared/contract/result.ts';
import type { Updates } from '../app/port.ts';
import type { LastCheck, UpdateMemory } from './memory.ts';
import { newerRelease } from './release.ts';

const DAY_MS = 24 * 60 * 60_000;
const DEADLINE_MS = 30_000;

interface Parts {
  /** Fetches the feed's text; null where there is no feed. */
  readonly fetchFeed: ((signal: AbortSignal) => Promise<string>) | null;
  readonly version: string;
  /** Why nothing may be asked now; null when it may. */
  readonly refusal: () => string | null;
  /** Calls back when `refusal` may have changed. */
  readonly onRefusalChange: (listener: () => void) => void;
  readonly memory: UpdateMemory;
  readonly now: () => number;
}

/** Checks that come by themselves, once a day at most, also across launches. */
export interface DailyUpdates extends Updates {
  readonly close: () => void;
}

/**
 * Asks the feed whether there is a newer version: by itself once a day, and whenever somebody wants to know. Where that
 * is switched off, by the user or by a policy, not one request is made, and one under way is broken off. Nothing is
 * ever downloaded or installed.
 */
export function createUpdates({ fetchFeed, version, refusal, onRefusalChange, memory, now }: Parts): DailyUpdates {
  const listeners = new Set<() => void>();
  let last: LastCheck | null = memory.recall();
  let failure: { readonly message: string; readonly at: number } | null = null;
  let current: { readonly result: Promise<Result<UpdateStatus>>; readonly abort: AbortController } | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  const off = (): string | null => (fetchFeed === null ? NO_FEED : refusal());

  const status = (): UpdateStatus => {
    const reason = off();
    if (reason !== null) return { state: 'off', message: reason };
    if (current !== null) return { state: 'checking' };
    if (failure !== null) {
      return { state: 'failed', message: failure.message, checkedAt: new Date(failure.at).toISOString() };
    }
    if (last === null) return { state: 'unknown' };
    return known(last, version);
  };

  const ask = async (fetchNow: (signal: AbortSignal) => Promise<string>, abort: AbortController) => {
    const at = now();
    try {
      const answer = await fetchNow(AbortSignal.any([abort.signal, AbortSignal.timeout(DEADLINE_MS)]));
      last = { at, release: newerRelease(answer, version) };
      failure = null;
    } catch (cause) {
      if (abort.signal.aborted) return;
      last = { at, release: last?.release ?? null };
      failure = { message: failedText(cause), at };
    }
    memory.remember(last);
  };

  const outcome = (): Result<UpdateStatus> => {
    const seen = status();
    switch (seen.state) {
      case 'off':
        return err(switchedOff(seen.message));
      case 'failed':
        return err({
          code: 'UPDATE_FAILED',
          message: seen.message,
          remedy: 'Check the network and the proxy, then try again.',
        });
      case 'unknown':
      case 'checking':
      case 'upToDate':
      case 'available':
        return ok(seen);
    }
  };

  const check = (): Promise<Result<UpdateStatus>> => {
    const reason = off();
    if (reason !== null || fetchFeed === null) return Promise.resolve(err(switchedOff(reason ?? NO_FEED)));
    if (current !== null) return current.result;
    const abort = new AbortController();
    const result = ask(fetchFeed, abort).then(() => {
      current = null;
      plan();
      notify();
      return outcome();
    });
    current = { result, abort };
    notify();
    return result;
  };

  /** Sets the clock for the next check by itself. */
  const plan = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (closed || off() !== null || current !== null) return;
    const since = last === null ? DAY_MS : Math.max(0, now() - last.at);
    timer = setTimeout(() => void check(), Math.max(0, DAY_MS - since));
    timer.unref();
  };

  onRefusalChange(() => {
    if (off() !== null) current?.abort.abort();
    plan();
  });
  plan();

  return {
    status,
    check,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => {
      closed = true;
      current?.abort.abort();
      plan();
    },
  };
}

/** A release that was newer when it was found may be the one that runs now. */
function known({ at, release }: LastCheck, version: string): UpdateStatus {
  const checkedAt = new Date(at).toISOString();
  return release === null || release.version === version
    ? { state: 'upToDate', checkedAt }
    : { state: 'available', ...release, checkedAt };
}

const NO_FEED = 'This build of Bulkhead has no place to ask for newer versions.';

const switchedOff = (message: string): Failure => ({
  code: 'UPDATES_OFF',
  message,
  remedy: 'Ask whoever gave you Bulkhead for newer versions.',
});

const failedText = (cause: unknown): string =>
  `It is not known whether there is a newer version: ${cause instanceof Error ? cause.message : String(cause)}.`;
