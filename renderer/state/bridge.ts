import type { BulkheadApi } from '../../shared/contract/app.ts';
import { err, type Failure, type Result } from '../../shared/contract/result.ts';

declare global {
  interface Window {
    /** Set by the preload; missing when it could not run. */
    readonly bulkhead?: BulkheadApi;
  }
}

/** The window is there but nothing answers behind it. */
export const NO_BRIDGE: Failure = {
  code: 'INTERNAL',
  message: 'This window has no connection to the rest of Bulkhead, so it cannot show or change anything.',
  remedy: 'Quit Bulkhead and start it again. If it happens again, reinstall Bulkhead.',
};

/**
 * Asks the main process and always gets a result: a call that is rejected (the main process is gone, or it broke) becomes
 * a failure that can be shown like any other.
 */
export async function ask<T>(question: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await question();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return err({
      code: 'INTERNAL',
      message: `Bulkhead's main process did not answer: ${reason}`,
      remedy: 'Try again. If it does not help, quit Bulkhead and start it again; the engine log may say more.',
    });
  }
}
