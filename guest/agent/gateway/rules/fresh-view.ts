import { type ApiRequest, FORWARD, type Handler, type Surroundings } from '../routes.ts';

/*
 * An isolated container writes through an overlay of its own, over the same upper directory as the engine's. Neither sees what
 * the other has changed in directories and files that it has looked at before (kernel documentation, overlayfs, "Changes to
 * underlying filesystems"), until its caches are dropped.
 */

const flush = async (dir: string, { flushOverlay, log }: Surroundings): Promise<void> => {
  try {
    await flushOverlay(dir);
  } catch (error) {
    // The container may have stopped since it was inspected; then there is no second overlay and nothing to drop.
    log(`overlay ${dir} was not flushed: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const engineView = (nameOf: (request: ApiRequest) => string): Handler => {
  return async (request, surroundings) => {
    const container = await surroundings.engine.inspectContainer(nameOf(request));
    if (container?.running !== true) return FORWARD;
    if (container.mergedDir !== null) await flush(container.mergedDir, surroundings);
    if (request.method !== 'PUT') return FORWARD;
    return { kind: 'forward', beforeAnswer: () => flush(`/proc/${container.pid}/root`, surroundings) };
  };
};

/**
 * For requests that the engine serves from its own view of a running container's files: the view is brought up to date
 * first. What a PUT writes into it is made visible to the container before the client hears of success.
 */
export const freshView: Handler = engineView((request) => request.name);

/** The same for POST /commit, which names the container in its query. */
export const freshViewOfCommitted: Handler = async (request, surroundings) => {
  const name = request.query('container').replace(/^\//, '');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return FORWARD;
  return engineView(() => name)(request, surroundings);
};
