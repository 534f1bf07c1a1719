import type { DockerSocketPermissions } from '../../../shared/contract/vm.ts';
import { Refusal } from './refusal.ts';
import { FORWARD, type Handler, type Route, routeFinder, type Treatment, type Upgrade } from './routes.ts';
import { isBlocked } from './socket/command-list.ts';

/** What happens to one request. */
export interface MatchedRoute {
  readonly name: string;
  readonly upgrade: Upgrade | null;
  readonly handle: Handler;
}

const forward: Handler = async () => FORWARD;

const refuse =
  (message: string): Handler =>
  async () => {
    throw new Refusal(403, message);
  };

const handlerOf = (treatment: Treatment): Handler => {
  switch (treatment.kind) {
    case 'forward':
      return forward;
    case 'vet':
      return treatment.handle;
    case 'refuse':
      return refuse(`enhanced container isolation: ${treatment.what} not allowed, because ${treatment.why}`);
  }
};

/** dockerd's own insides: what it was started with, its memory and its work (moby api/server/router/debug). */
const isDebug = (path: string): boolean => path === '/debug' || path.startsWith('/debug/');

/** The commands that a container's socket is good for. */
export type CommandList = Pick<DockerSocketPermissions, 'commandListType' | 'commands'>;

const blocked = (target: string): Refusal =>
  new Refusal(
    403,
    `enhanced container isolation: docker command "${target}" is blocked; if you wish to allow it, configure the docker socket ` +
      'command list in the Bulkhead settings.',
  );

const within = (list: CommandList | null, route: Route | null, handle: Handler): Handler => {
  if (list === null) return handle;
  return async (request, surroundings) => {
    if (isBlocked(route, request.query, list)) throw blocked(request.target);
    return handle(request, surroundings);
  };
};

const debugClosed = refuse(
  "the debugging routes of the Docker Engine are closed, because they show what is the VM's own",
);

/**
 * Finds out what to do with a request. With isolation on, a route that is not in the table is refused; with isolation off it is
 * the engine's to answer. The engine's debugging routes are closed either way. `commands`: what the list refuses is refused first.
 */
export const matcher = (
  routes: readonly Route[],
  isolation: boolean,
  commands: CommandList | null,
): ((method: string, path: string) => MatchedRoute) => {
  const find = routeFinder(routes);
  return (method, path) => {
    if (isDebug(path)) return { name: '', upgrade: null, handle: debugClosed };
    const found = find(method, path);
    if (found !== null) {
      const { route, name } = found;
      const handle = handlerOf(isolation ? route.isolated : route.plain);
      return { name, upgrade: route.upgrade, handle: within(commands, route, handle) };
    }
    const unknown = refuse(
      `enhanced container isolation: ${method} ${path} is not a route of the Docker Engine API 1.45 that Bulkhead knows, ` +
        'so it is not passed on',
    );
    return { name: '', upgrade: null, handle: within(commands, null, isolation ? unknown : forward) };
  };
};
