import type { EngineFailure } from '../../shared/contract/engine.ts';

/**
 * The engine's life as one pure transition table. Nothing of it is ever stored: after a crash of the app the truth
 * comes from the VM process itself.
 */
export type Phase =
  | { readonly kind: 'stopped' }
  /** `replacing`: a VM runs meanwhile and is stopped once the new one is known to be bootable. */
  | { readonly kind: 'preparing'; readonly step: 'image' | 'accelerator'; readonly replacing: Replacement | null }
  | { readonly kind: 'starting'; readonly step: 'boot' | 'engine' | 'verify' }
  | { readonly kind: 'running' }
  | StoppingPhase
  /** `leftover`: QEMU survived SIGKILL (a process in uninterruptible sleep can), so nothing may be started. */
  | { readonly kind: 'failed'; readonly reason: EngineFailure; readonly leftover: boolean };

export interface StoppingPhase {
  readonly kind: 'stopping';
  readonly step: 'containers' | 'powerOff';
  /** The VM is not asked any more: QEMU is told to quit, then killed. */
  readonly forced: boolean;
  readonly removing: boolean;
  readonly target: Afterwards;
}

export interface Replacement {
  readonly removing: boolean;
}

/** What comes after the VM is gone. */
export type Afterwards =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'prepare' }
  | { readonly kind: 'boot' }
  | { readonly kind: 'failed'; readonly reason: EngineFailure };

export type Event =
  | { readonly kind: 'start' }
  /** A VM of an earlier run of the app lives and has the right configuration. */
  | { readonly kind: 'adopt' }
  /** A VM of an earlier run lives and must go; `polite` when its agent can be asked. */
  | { readonly kind: 'reap'; readonly polite: boolean }
  | { readonly kind: 'stop' }
  | { readonly kind: 'restart'; readonly removing: boolean }
  | { readonly kind: 'cancel' }
  /** The step under way succeeded. */
  | { readonly kind: 'done' }
  /** The step under way failed; `keep` when a VM that is being replaced may go on running. */
  | { readonly kind: 'failure'; readonly reason: EngineFailure; readonly keep: boolean }
  | { readonly kind: 'deadline'; readonly reason: EngineFailure }
  /** QEMU is gone, or there never was one. */
  | { readonly kind: 'exited'; readonly reason: EngineFailure }
  /** A running VM was measured and does not isolate although it must. */
  | { readonly kind: 'distrusted'; readonly reason: EngineFailure };

type PhaseKind = Phase['kind'];
type EventKind = Event['kind'];
type PhaseOf<K extends PhaseKind> = Extract<Phase, { kind: K }>;
type EventOf<K extends EventKind> = Extract<Event, { kind: K }>;
type Transition<P extends PhaseKind, E extends EventKind> = (phase: PhaseOf<P>, event: EventOf<E>) => Phase | null;

export const STOPPED: Phase = { kind: 'stopped' };
const RUNNING: Phase = { kind: 'running' };
const PREPARING: Phase = { kind: 'preparing', step: 'image', replacing: null };

const stopContainers = (target: Afterwards, removing = false): Phase => ({
  kind: 'stopping',
  step: 'containers',
  forced: false,
  removing,
  target,
});

const powerOff = (target: Afterwards, forced: boolean): Phase => ({
  kind: 'stopping',
  step: 'powerOff',
  forced,
  removing: false,
  target,
});

const failed = (reason: EngineFailure, leftover = false): Phase => ({ kind: 'failed', reason, leftover });

const afterwards = (target: Afterwards): Phase => {
  switch (target.kind) {
    case 'stopped':
      return STOPPED;
    case 'prepare':
      return PREPARING;
    case 'boot':
      return { kind: 'starting', step: 'boot' };
    case 'failed':
      return failed(target.reason);
  }
};

/** A missing entry means that the event is refused (an operation) or of no consequence (an observation). */
export const TABLE: { readonly [P in PhaseKind]: { readonly [E in EventKind]?: Transition<P, E> } } = {
  stopped: {
    start: () => PREPARING,
    adopt: () => ({ kind: 'starting', step: 'engine' }),
    reap: (_, { polite }) => (polite ? stopContainers({ kind: 'stopped' }) : powerOff({ kind: 'stopped' }, true)),
  },
  preparing: {
    cancel: ({ replacing }) => (replacing === null ? STOPPED : RUNNING),
    done: ({ step, replacing }) => {
      if (step === 'image') return { kind: 'preparing', step: 'accelerator', replacing };
      if (replacing === null) return { kind: 'starting', step: 'boot' };
      return stopContainers({ kind: 'boot' }, replacing.removing);
    },
    failure: ({ replacing }, { reason, keep }) => {
      if (replacing === null) return failed(reason);
      return keep ? RUNNING : stopContainers({ kind: 'failed', reason });
    },
    deadline: ({ replacing }, { reason }) =>
      replacing === null ? failed(reason) : stopContainers({ kind: 'failed', reason }),
    exited: ({ replacing }, { reason }) => (replacing === null ? null : failed(reason)),
  },
  starting: {
    cancel: () => powerOff({ kind: 'stopped' }, false),
    done: ({ step }) => {
      switch (step) {
        case 'boot':
          return { kind: 'starting', step: 'engine' };
        case 'engine':
          return { kind: 'starting', step: 'verify' };
        case 'verify':
          return RUNNING;
      }
    },
    failure: (_, { reason }) => powerOff({ kind: 'failed', reason }, false),
    deadline: (_, { reason }) => powerOff({ kind: 'failed', reason }, false),
    exited: (_, { reason }) => failed(reason),
  },
  running: {
    stop: () => stopContainers({ kind: 'stopped' }),
    restart: (_, { removing }) => ({ kind: 'preparing', step: 'image', replacing: { removing } }),
    exited: (_, { reason }) => failed(reason),
    distrusted: (_, { reason }) => stopContainers({ kind: 'failed', reason }),
  },
  stopping: {
    done: ({ step, target }) => (step === 'containers' ? powerOff(target, false) : null),
    failure: ({ forced, target }) => (forced ? null : powerOff(target, true)),
    deadline: ({ step, forced, target }, { reason }) => {
      if (step === 'containers') return powerOff(target, false);
      return forced ? failed(reason, true) : powerOff(target, true);
    },
    exited: ({ target }) => afterwards(target),
  },
  failed: {
    start: ({ leftover }) => (leftover ? powerOff({ kind: 'prepare' }, true) : PREPARING),
    stop: ({ leftover }) => (leftover ? powerOff({ kind: 'stopped' }, true) : STOPPED),
    exited: ({ reason, leftover }) => (leftover ? failed(reason) : null),
  },
};

/** The phase after `event`, or null when the table has no such transition. */
export const next = (phase: Phase, event: Event): Phase | null => {
  // The row belongs to the phase and the entry to the event, which the compiler cannot correlate across two unions.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const row = TABLE[phase.kind] as { readonly [E in EventKind]?: (p: Phase, e: Event) => Phase | null };
  return row[event.kind]?.(phase, event) ?? null;
};

/** True while an operation is under way: such a phase has a deadline and ends by itself. */
export const isTransient = (phase: Phase): phase is PhaseOf<'preparing' | 'starting' | 'stopping'> => {
  switch (phase.kind) {
    case 'preparing':
    case 'starting':
    case 'stopping':
      return true;
    case 'stopped':
    case 'running':
    case 'failed':
      return false;
  }
};

/** Whether cancelling brings back the state before. Once containers were told to stop, it cannot. */
export const isCancellable = (phase: Phase): boolean => next(phase, { kind: 'cancel' }) !== null;

/** What the user wants, as far as the phase knows. */
export const desired = (phase: Phase): 'running' | 'stopped' => {
  switch (phase.kind) {
    case 'stopped':
      return 'stopped';
    case 'stopping':
      return phase.target.kind === 'stopped' ? 'stopped' : 'running';
    case 'preparing':
    case 'starting':
    case 'running':
    case 'failed':
      return 'running';
  }
};
