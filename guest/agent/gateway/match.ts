import { Refusal } from './refusal.ts';
import { FORWARD, type Handler, type Route, routeFinder, type Treatment, type Upgrade } from './routes.ts';

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

/**
 * Finds out what to do with a request. With isolation on, a route that is not in the table is refused; with isolation off it is
 * the engine's to answer. The engine's debugging routes are closed either way.
 */
export const matcher = (
  routes: readonly Route[],
  isolation: boolean,
): ((method: string, path: string) => MatchedRoute) => {
  const find = routeFinder(routes);
  return (method, path) => {
    if (isDebug(path)) {
      return {
        name: '',
        upgrade: null,
        handle: refuse("the debugging routes of the Docker Engine are closed, because they show what is the VM's own"),
      };
    }
    const found = find(method, path);
    if (found !== null) {
      const { route, name } = found;
      return { name, upgrade: route.upgrade, handle: handlerOf(isolation ? route.isolated : route.plain) };
    }
    if (!isolation) return { name: '', upgrade: null, handle: forward };
    const handle = refuse(
      `enhanced container isolation: ${method} ${path} is not a route of the Docker Engine API 1.45 that Bulkhead knows, ` +
        'so it is not passed on',
    );
    return { name: '', upgrade: null, handle };
  };
};
