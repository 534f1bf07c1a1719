import { posix } from 'node:path';
import { GRANTED_SOCKETS } from '../socket/grants.ts';
import { mountsDenied, type Refusal, restrictedMount, socketMountDenied } from '../refusal.ts';

/** Where clients expect the engine. */
const DOCKER_SOCKET = '/run/docker.sock';
/** Sockets through which the engine, or the containerd below it, takes commands. */
const ENGINE_SOCKETS = [DOCKER_SOCKET, '/run/containerd/containerd.sock', '/run/bulkhead/engine.sock'];
/** Directories of the VM in which such sockets live, under names that change. */
const ENGINE_DIRECTORIES = ['/run/docker', '/run/containerd', '/run/bulkhead'];

const isInside = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

/** The path without dot segments, and with the VM's one alias of /run resolved. */
const canonical = (path: string): string => {
  const clean = posix.resolve('/', path);
  return isInside(clean, '/var/run') ? clean.slice('/var'.length) : clean;
};

/** Whether a bind of this path of the VM hands the container a socket that commands the engine. */
export const givesEngineSocket = (path: string): boolean => {
  const source = canonical(path);
  return (
    ENGINE_SOCKETS.some((socket) => isInside(socket, source)) ||
    ENGINE_DIRECTORIES.some((directory) => isInside(source, directory))
  );
};

/**
 * Whether a bind of this path asks for the Docker socket and nothing more. The path of a container's own socket counts as well:
 * tools that make a container anew take it from the old one's configuration.
 */
export const isDockerSocket = (path: string): boolean => {
  const source = canonical(path);
  return source === DOCKER_SOCKET || posix.dirname(source) === GRANTED_SOCKETS;
};

/** The names of the kernel's modules, which are nobody's secret; the runtime mounts them read-only whatever was asked. */
export const isKernelModules = (path: string): boolean =>
  ['/lib/modules', '/usr/lib/modules'].includes(canonical(path));

/** The root holds everything, the sockets among it, and is refused as what it is. */
const isRoot = (path: string): boolean => canonical(path) === '/';

const withoutSlash = (place: string): string => posix.normalize(place).replace(/(?<=.)\/$/, '');

/**
 * Why a path that the host does not share may not be bound: it is the VM's own, or nobody's. `image` is the full name of
 * the container's image.
 */
export const bindRefusal = (source: string, image: string, vmHas: (place: string) => boolean): Refusal => {
  if (givesEngineSocket(source) && !isRoot(source)) return socketMountDenied(image);
  const place = withoutSlash(source);
  return vmHas(place) ? restrictedMount(place) : mountsDenied(place);
};
