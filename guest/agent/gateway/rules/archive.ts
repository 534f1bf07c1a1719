import { posix } from 'node:path';
import { isShared } from '../../sharing/tree.ts';
import type { Engine } from '../engine.ts';
import { type Query, queryValue } from '../http/query.ts';
import { Refusal } from '../refusal.ts';
import type { Handler } from '../routes.ts';
import { volumesOf, vetVolumes } from './existing-mounts.ts';
import { bringUpToDate, flush } from './fresh-view.ts';
import { repositoryName } from './image-name.ts';
import { bindRefusal, isKernelModules } from './paths.ts';

/** How an archive begins that the engine hands to the program xz (moby pkg/archive, DetectCompression). */
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The engine would follow links that another container can make in the directory, as root of the VM. */
const sharedMount = (source: string): Refusal =>
  new Refusal(
    403,
    `enhanced container isolation: docker cp is not available for a container with a directory of the host (${source}); ` +
      'copy on the host, or through docker exec',
  );

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
 * The path without links on the way to its last name. The kernel follows none of a volume for the engine (guest/agent/no-links.ts),
 * also where the engine has changed its root and may.
 */
const withoutLinks = async (engine: Engine, id: string, path: string): Promise<string> => {
  if (path === '' || (await engine.linkTarget(id, path)) !== null) return path;
  const [ending] = /\/\.?$/.exec(path) ?? [''];
  const names = posix.join('/', path, '.').split('/').filter(Boolean);
  const last = ending === '' ? names.pop() : undefined;
  let place = '/';
  for (const name of names) {
    const next = posix.join(place, name);
    const target = await engine.linkTarget(id, next);
    place = target === null || target === '' ? next : target;
  }
  return last === undefined ? `${place}${ending}` : posix.join(place, last);
};

/** The query of a look into a container with volumes. What is put into one the engine resolves by itself. */
const lookQuery = async (engine: Engine, id: string, query: Query): Promise<Query> => {
  const path = await withoutLinks(engine, id, queryValue(query, 'path'));
  return [...query.filter(([name]) => name !== 'path'), ['path', path]];
};

/**
 * /containers/{name}/archive, which the engine serves itself, as root of the VM: it mounts all that the container has, started
 * or not, at places that it has looked up in the container's files (moby daemon/containerfs_linux.go). A container that ran
 * meanwhile could put links there, so it is paused. What a PUT writes is made visible to the container before the client hears
 * of success.
 */
export const archive: Handler = async (request, surroundings) => {
  const { engine, pauses, sockets, shares, vmHas } = surroundings;
  const { query } = request;
  const container = await engine.inspectContainer(request.name);
  const vetted = request.method === 'PUT' ? { vetStart: { bytes: XZ.length, vet: refuseXz } } : {};
  if (container === null) return { kind: 'forward', query, ...vetted };
  const ownSocket = sockets.of(container.id);
  const mounts = container.mounts.filter(
    ({ type, source }) => type !== 'bind' || !(source === ownSocket || isKernelModules(source)),
  );
  const image = repositoryName(container.image);
  const refusalOf = (source: string): Refusal =>
    isShared(source, shares) ? sharedMount(source) : bindRefusal(source, image, vmHas);
  await vetVolumes(engine, volumesOf(mounts, refusalOf));
  const looks = request.method !== 'PUT' && container.mounts.some(({ type }) => type === 'volume');
  const queryNow = async (): Promise<Query> => (looks ? lookQuery(engine, container.id, query) : query);
  if (!container.running) return { kind: 'forward', query: await queryNow(), ...vetted };
  const release = await pauses.hold(container.id);
  await bringUpToDate(container, surroundings);
  const beforeAnswer = (): Promise<void> => flush(`/proc/${container.pid}/root`, surroundings);
  try {
    return {
      kind: 'forward',
      query: await queryNow(),
      ...vetted,
      ...(request.method === 'PUT' ? { beforeAnswer } : {}),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
};
