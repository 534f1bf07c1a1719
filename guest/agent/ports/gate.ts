import { log } from '../log.ts';
import { engineRequest } from '../engine-request.ts';
import { inspect } from './follow.ts';
import { publicationsOf, wantedPorts } from './published.ts';
import type { Register } from './register.ts';

/** Keeps the start of a container in step with the host's ports. */
export interface PortGate {
  /** Has the host listen for what the container will publish. Why it cannot, or null. Never rejects. */
  readonly reserve: (name: string) => Promise<string | null>;
  /** Resolves when the host listens for all that the container publishes, or does not answer. Never rejects. */
  readonly started: (name: string) => Promise<void>;
}

/** The host answers within milliseconds, unless its app is about to end. */
const ANSWER_MS = 10_000;
/** A start that fails is not announced; what it reserved is given up after this long. */
const RESERVED_MS = 60_000;

export const createPortGate = (register: Register): PortGate => {
  const quietly = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      log(`the ports of a container are not known: ${error instanceof Error ? error.message : String(error)}`);
      return otherwise;
    }
  };
  return {
    reserve: (name) =>
      quietly(async () => {
        const container = await inspect(name);
        if (container === null || container.State.Running) return null;
        const ports = wantedPorts(container);
        const problem = await register.reserve(container.Id, ports, AbortSignal.timeout(ANSWER_MS));
        // As the engine does after a start that fails: docker run --rm waits for it.
        if (problem !== null && container.HostConfig.AutoRemove === true) {
          await engineRequest({ method: 'DELETE', path: `/containers/${container.Id}?force=1&v=1` });
        }
        if (problem === null && ports.length > 0) {
          setTimeout(() => register.release(container.Id), RESERVED_MS).unref();
        }
        return problem;
      }, null),
    started: (name) =>
      quietly(async () => {
        const container = await inspect(name);
        if (container === null) return;
        const publications = publicationsOf(container);
        if (publications.length > 0) register.setContainer(container.Id, publications);
        else register.release(container.Id);
        if (publications.length > 0) await register.settled(AbortSignal.timeout(ANSWER_MS));
      }, undefined),
  };
};
