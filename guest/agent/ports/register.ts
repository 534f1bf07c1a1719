import type { PortList, PortReport, PublishedPort } from '../../../shared/contract/ports.ts';
import { portKey } from '../../../shared/engine/ports.ts';
import type { Publication, Target } from './published.ts';

/** What is published now, and what the host has made of it. */
export interface Register {
  readonly list: () => PortList;
  /** Calls `listener` at every change of the list. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Where a published port leads; null for everything else, which nobody may be connected to. */
  readonly targetOf: (port: PublishedPort) => Target | null;
  readonly setContainer: (id: string, publications: readonly Publication[]) => void;
  readonly removeContainer: (id: string) => void;
  /** Forgets every container that is not named. */
  readonly keepOnly: (ids: ReadonlySet<string>) => void;
  /** The host has answered a list. */
  readonly report: (report: PortReport) => void;
  /** No host listens any more; nobody waits for its answer. */
  readonly hostLeft: () => void;
  readonly hostCame: () => void;
  /**
   * Adds ports that a container is about to publish, and gives the reason when the host cannot listen for one of them.
   * They stay until `release` or until the container has started. Resolves with null, too, when no host answers before
   * the signal aborts: the engine of a VM does not stop working because its app is away.
   */
  readonly reserve: (id: string, ports: readonly PublishedPort[], signal: AbortSignal) => Promise<string | null>;
  readonly release: (id: string) => void;
  /** Resolves when the host has answered the present list, or the signal aborts. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
}

export const createRegister = (): Register => {
  const published = new Map<string, readonly Publication[]>();
  const reserved = new Map<string, readonly PublishedPort[]>();
  const listeners = new Set<() => void>();
  const waiting = new Set<() => void>();
  let version = 0;
  let hosts = 0;
  let answered: PortReport = { version: -1, problems: [] };

  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  const untilAnswered = async (wanted: number, signal: AbortSignal): Promise<void> => {
    const onAbort = (): void => wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const isOpen = (): boolean => hosts > 0 && answered.version < wanted && !signal.aborted;
      while (isOpen()) {
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };

  const release = (id: string): void => {
    if (reserved.delete(id)) changed();
  };

  return {
    list: () => {
      const ports = new Map<string, PublishedPort>();
      for (const publications of published.values())
        for (const { port } of publications) ports.set(portKey(port), port);
      for (const wanted of reserved.values()) for (const port of wanted) ports.set(portKey(port), port);
      return { version, ports: [...ports.values()] };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    targetOf: (port) => {
      const key = portKey(port);
      for (const publications of published.values()) {
        const found = publications.find((each) => portKey(each.port) === key);
        if (found !== undefined) return found.target;
      }
      return null;
    },
    setContainer: (id, publications) => {
      reserved.delete(id);
      published.set(id, publications);
      changed();
    },
    removeContainer: (id) => {
      if (published.delete(id)) changed();
    },
    keepOnly: (ids) => {
      const gone = [...published.keys()].filter((id) => !ids.has(id));
      for (const id of gone) published.delete(id);
      if (gone.length > 0) changed();
    },
    report: (report) => {
      if (report.version >= answered.version) answered = report;
      wake();
    },
    hostCame: () => {
      hosts += 1;
    },
    hostLeft: () => {
      hosts -= 1;
      answered = { version: -1, problems: [] };
      wake();
    },
    reserve: async (id, ports, signal) => {
      if (ports.length === 0) return null;
      reserved.set(id, ports);
      changed();
      await untilAnswered(version, signal);
      const keys = new Set(ports.map(portKey));
      const problem = answered.problems.find(({ port }) => keys.has(portKey(port)));
      if (problem === undefined) return null;
      release(id);
      return problem.message;
    },
    release,
    settled: (signal) => untilAnswered(version, signal),
  };
};
