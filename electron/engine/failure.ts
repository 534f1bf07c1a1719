import type { Failure, FailureCode } from '../../shared/contract/result.ts';

/** An exception inside the engine that already says what a person should read. */
export class EngineError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'EngineError';
    this.failure = failure;
  }
}

export const engineError = (message: string, remedy: string, cause?: unknown, code: FailureCode = 'ENGINE_FAILED') =>
  new EngineError({ code, message, remedy }, cause === undefined ? undefined : { cause });

/** The text of anything thrown, without a stack. */
export const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Turns anything thrown into a Failure; `doing` completes "Bulkhead could not …" for what nobody foresaw. */
export const toFailure = (thrown: unknown, doing: string): Failure =>
  thrown instanceof EngineError
    ? thrown.failure
    : {
        code: 'ENGINE_FAILED',
        message: `Bulkhead could not ${doing}: ${textOf(thrown)}.`,
        remedy: 'Try again. If it happens again, the engine log says more.',
      };

export const BUSY: Failure = {
  code: 'BUSY',
  message: 'The engine is in the middle of another operation.',
  remedy: 'Wait until it has ended, or cancel it.',
};

export const CANCELLED: Failure = {
  code: 'CANCELLED',
  message: 'The operation was cancelled.',
  remedy: 'Start the engine again when you are ready.',
};

export const NOT_RUNNING: Failure = {
  code: 'NOT_RUNNING',
  message: 'The engine is not running.',
  remedy: 'Start the engine first.',
};

/** True for the name of an errno error, e.g. `ENOENT` (errno(3)). */
export const hasErrno = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;
