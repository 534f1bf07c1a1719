import type { DockerSocketPermissions } from '../../../../shared/contract/vm.ts';
import type { Engine } from '../engine.ts';
import { allowanceFor, createRegistry } from './allowance.ts';
import type { Grants } from './grants.ts';

/** A socket for a container that is about to be made. */
export interface SocketForNew {
  readonly path: string;
  /** The engine has made the container. */
  made(container: string): Promise<void>;
  /** It has not, or nobody knows; without effect after `made`. */
  withdraw(): void;
}

/** Gives Docker sockets to the containers that may have one. */
export interface Sockets {
  /** Throws a Refusal when no container of this image may have it. */
  forNew(image: string): Promise<SocketForNew>;
  /** The socket that a container, by its full id, has; null when none. */
  of(container: string): string | null;
}

export const createSockets = (
  engine: Engine,
  permissions: DockerSocketPermissions,
  grants: Grants,
  log: (line: string) => void,
): Sockets => {
  const askRegistry = createRegistry(engine);
  return {
    of: (container) => grants.socketOf(container),
    forNew: async (image) => {
      const allowance = await allowanceFor(image, permissions, { engine, askRegistry });
      await grants.keepOnly(async (id) => (await engine.inspectContainer(id)) !== null);
      const offer = await grants.offer();
      let isTaken = false;
      return {
        path: offer.path,
        made: async (container) => {
          const made = await engine.inspectContainer(container);
          if (made === null || made.imageId !== allowance.imageId) {
            log(`container ${container} gets no Docker socket: its name has come to mean another image meanwhile`);
            return;
          }
          offer.accept(made.id, allowance);
          isTaken = true;
        },
        withdraw: () => {
          if (!isTaken) offer.withdraw();
        },
      };
    },
  };
};
