import type { ContainerView } from '../engine.ts';
import { queryValue } from '../http/query.ts';
import { COMMIT } from '../json/bodies.ts';
import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler, type Surroundings } from '../routes.ts';
import { volumesOf, vetVolumes } from './existing-mounts.ts';
import { repositoryName } from './image-name.ts';

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

/** Makes the engine's view of a running container's files show what the container has written. */
export const bringUpToDate = async (container: ContainerView | null, surroundings: Surroundings): Promise<void> => {
  if (container?.running === true && container.mergedDir !== null) await flush(container.mergedDir, surroundings);
};

/** For requests that the engine serves from its own view of a running container's files: the view is brought up to date first. */
export const freshView: Handler = async (request, surroundings) => {
  await bringUpToDate(await surroundings.engine.inspectContainer(request.name), surroundings);
  return FORWARD;
};

/** How an archive begins that the engine hands to the program xz (moby pkg/archive, DetectCompression). */
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The engine looks for that program in the container, and runs it as root of the VM outside of any namespace but its root. */
const refuseXz = (start: Buffer): void => {
  if (!start.equals(XZ)) return;
  throw new Refusal(
    403,
    'enhanced container isolation: an archive compressed with xz is not allowed, because the engine would unpack it with a ' +
      'program of the container, as root of the VM; send it uncompressed or with gzip',
  );
};

/**
 * /containers/{name}/archive, which the engine serves itself, as root of the VM: it mounts all that the container has, started
 * or not. What a PUT writes is made visible to the container before the client hears of success.
 */
export const archive: Handler = async (request, surroundings) => {
  const { engine } = surroundings;
  const container = await engine.inspectContainer(request.name);
  if (container !== null) await vetVolumes(engine, volumesOf(container.mounts, repositoryName(container.image)));
  await bringUpToDate(container, surroundings);
  if (request.method !== 'PUT') return FORWARD;
  const shown =
    container?.running === true ? { beforeAnswer: () => flush(`/proc/${container.pid}/root`, surroundings) } : {};
  return { kind: 'forward', ...shown, vetStart: { bytes: XZ.length, vet: refuseXz } };
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
