/** Errors cross every boundary (IPC, control socket, CLI) as data, never as thrown values. */
export type Result<T, E = Failure> = Ok<T> | Err<E>;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const err = <E>(error: E): Err<E> => ({ ok: false, error });

/** Why a request was refused or failed. Scripts match on the code, people read the rest. */
export type FailureCode =
  | 'LOCKED'
  | 'INVALID'
  | 'UNKNOWN_KEY'
  | 'BUSY'
  | 'POLICY_INVALID'
  | 'NOT_RUNNING'
  | 'CANCELLED'
  | 'SETTINGS_FILE'
  | 'UPDATES_OFF'
  | 'UPDATE_FAILED'
  | 'ENGINE_FAILED'
  | 'VERIFY_FAILED'
  | 'INTERNAL';

export interface Failure {
  readonly code: FailureCode;
  /** What happened and where, one or two sentences. */
  readonly message: string;
  /** What the reader can do next. */
  readonly remedy: string;
  /** The setting concerned, where there is one. */
  readonly key?: string;
}
