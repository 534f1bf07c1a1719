import { DOCKER_DEADLINE, STOP_GRACE_SECONDS } from './deadlines.ts';
import type { Docker } from './docker/api.ts';
import { textOf } from './failure.ts';

/** Containers that are removed at the same time: the guest has few processors. */
const AT_A_TIME = 4;

/**
 * Removes all containers; those that run get their stop signal first. Volumes and images stay. A container that can't
 * be removed does not keep the others.
 */
export const removeContainers = async (
  docker: Docker,
  outer: AbortSignal,
): Promise<{ readonly removed: number; readonly problems: readonly string[] }> => {
  const list = await docker.list(AbortSignal.any([outer, AbortSignal.timeout(DOCKER_DEADLINE)]));
  const queue = [...list];
  const problems: string[] = [];
  const work = async () => {
    for (let container = queue.shift(); container !== undefined; container = queue.shift()) {
      const { id, name } = container;
      const signal = AbortSignal.any([outer, AbortSignal.timeout(DOCKER_DEADLINE)]);
      await docker.remove(id, STOP_GRACE_SECONDS, signal).catch((error: unknown) => {
        problems.push(`${name}: ${textOf(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  outer.throwIfAborted();
  return { removed: list.length - problems.length, problems };
};
