/** A promise together with its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export const deferred = <T>(): Deferred<T> => {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  // Whoever awaits it still sees the rejection; one that nobody awaits any more is no unhandled error.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
};

/** Settles with `promise`, or rejects with the signal's reason as soon as it aborts. */
export const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const aborted = deferred<never>();
  const onAbort = () => aborted.reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** Settles with `promise`, or rejects after `milliseconds` with what was waited for. */
export const within = async <T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> => {
  const late = deferred<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`${what} took longer than ${milliseconds / 1000} s`)),
    milliseconds,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Resolves after `milliseconds`, for polling under a deadline; rejects when the signal aborts. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  const passed = deferred<undefined>();
  const timer = setTimeout(() => passed.resolve(undefined), milliseconds);
  try {
    await orAborted(passed.promise, signal);
  } finally {
    clearTimeout(timer);
  }
};
