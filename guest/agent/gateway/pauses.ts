import type { Engine } from './engine.ts';

/** Keeps containers still while the engine works on their files. */
export interface Pauses {
  /**
   * Pauses a running container until all that hold it have let go, unless somebody has paused it already. Returns the way to let
   * go, which never rejects and may be called again without effect. Throws a Refusal when the engine can't be asked.
   */
  hold(id: string): Promise<() => Promise<void>>;
  /** Whether any container is held. */
  any(): boolean;
  /** Resolves when nobody holds the container. */
  settled(id: string): Promise<void>;
}

interface Hold {
  count: number;
  readonly paused: Promise<boolean>;
  readonly over: Promise<void>;
  readonly end: () => void;
}

/** How often a container is resumed in vain, each time with the engine's own deadline, before that is given up. */
const RESUME_ATTEMPTS = 10;

/**
 * The engine pauses, so that it suspends health checks as for any paused container. Nothing has to be remembered for a crash of
 * the agent: the VM, and every container in it, ends with it.
 */
export const createPauses = (engine: Engine, log: (line: string) => void): Pauses => {
  const holds = new Map<string, Hold>();

  const resume = async (id: string): Promise<void> => {
    for (let attempt = 1; attempt <= RESUME_ATTEMPTS; attempt += 1) {
      try {
        return await engine.unpause(id);
      } catch (error) {
        log(`container ${id} was not resumed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };

  const newHold = (id: string): Hold => {
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = () => {
        holds.delete(id);
        resolve();
      };
    });
    const hold = { count: 0, paused: engine.pause(id), over, end };
    holds.set(id, hold);
    return hold;
  };

  return {
    hold: async (id) => {
      let hold = holds.get(id);
      // One that is being let go of resumes the container, so that another must wait for its end.
      while (hold !== undefined && hold.count === 0) {
        await hold.over;
        hold = holds.get(id);
      }
      const held = hold ?? newHold(id);
      held.count += 1;
      let released = false;
      const release = async (): Promise<void> => {
        if (released) return;
        released = true;
        held.count -= 1;
        if (held.count > 0) return;
        try {
          if (await held.paused) await resume(id);
        } catch {
          // It was never paused, which whoever waited for that has been told.
        } finally {
          held.end();
        }
      };
      try {
        await held.paused;
      } catch (error) {
        await release();
        throw error;
      }
      return release;
    },
    any: () => holds.size > 0,
    settled: async (id) => {
      for (let hold = holds.get(id); hold !== undefined; hold = holds.get(id)) await hold.over;
    },
  };
};
