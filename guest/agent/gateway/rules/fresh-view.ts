import type { ContainerView } from '../engine.ts';
import { queryValue } from '../http/query.ts';
import { COMMIT } from '../json/bodies.ts';
import { FORWARD, type Handler, type Surroundings } from '../routes.ts';

/*
 * An isolated container writes through an overlay of its own, over the same upper directory as the engine's. Neither sees what
 * the other has changed in directories and files that it has looked at before (kernel documentation, overlayfs, "Changes to
 * underlying filesystems"), until its caches are dropped.
 */

/** A rejection is logged: the container may have ended. */
export const flush = async (dir: string, { flushOverlay, log }: Surroundings): Promise<void> => {
  try {
    await flushOverlay(dir);
  } catch (error) {
    // The container may have stopped since it was inspected; then there is no second overlay and nothing to drop.
    log(`overlay ${dir} was not flushed: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Makes the engine's view of a running container's files show what the container has written. */
export const bringUpToDate = async (container: ContainerView | null, surroundings: Surroundings): Promise<void> => {
  if (container?.running === true && container.mergedDir !== null) await flush(container.mergedDir, surroundings);
};

/** For requests that the engine serves from its own view of a running container's files: the view is brought up to date first. */
export const freshView: Handler = async (request, surroundings) => {
  await bringUpToDate(await surroundings.engine.inspectContainer(request.name), surroundings);
  return FORWARD;
};

/** POST /commit with isolation on. It names the container in its query. */
export const commit: Handler = async (request, surroundings) => {
  const body = await request.json(COMMIT);
  const { query } = request;
  const name = queryValue(query, 'container').replace(/^\//, '');
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    await bringUpToDate(await surroundings.engine.inspectContainer(name), surroundings);
  }
  return body === null ? { kind: 'forward', query } : { kind: 'replace', query, body };
};
