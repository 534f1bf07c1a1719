import type { Result } from '../../shared/contract/result.ts';

interface Parts {
  /** Stops the engine gracefully; its own deadlines end it. */
  readonly shutDown: () => Promise<Result<null>>;
  /** Ends the process now. */
  readonly exit: () => void;
  /** Lets the user know that quitting waits for the engine. */
  readonly onWaiting: () => void;
  readonly onFault: (cause: unknown) => void;
}

/**
 * How the app ends. The first request stops the VM gracefully and then exits; the window stays and says so. A second
 * request while that lasts exits at once: the VM goes on powering itself off, and the next launch clears away what is
 * left. However stopping ends, the app ends; it must not be kept alive by an engine that it cannot stop.
 */
export function createQuitting({ shutDown, exit, onWaiting, onFault }: Parts): { readonly request: () => void } {
  let requested = false;
  const stopThenExit = async (): Promise<void> => {
    try {
      const stopped = await shutDown();
      if (!stopped.ok) onFault(new Error(`${stopped.error.code}: ${stopped.error.message}`));
    } catch (cause) {
      onFault(cause);
    }
    exit();
  };
  return {
    request: () => {
      if (requested) {
        exit();
        return;
      }
      requested = true;
      onWaiting();
      void stopThenExit();
    },
  };
}
