import type { Engine } from './engine.ts';
import type { Json } from './json/json.ts';
import type { Shape } from './json/shape.ts';

/** A request as its route's handler sees it. */
export interface ApiRequest {
  readonly method: string;
  /** The path without its version. */
  readonly path: string;
  /** The part of the path that the pattern's `{name}` stands for, '' when it has none. */
  readonly name: string;
  /** A query parameter, '' when absent. */
  query(name: string): string;
  /** The body, decoded as the engine would; null when there is none. Throws a Refusal when the engine would refuse it. */
  json(shape: Shape): Promise<Json | null>;
}

/** Sent on as it is. */
export interface Forwarded {
  readonly kind: 'forward';
  /** Runs when the engine has done it, before the client hears of it. */
  readonly beforeAnswer?: () => Promise<void>;
  /** Is shown the first bytes of the body, fewer when it has no more, before any reach the engine. Throws a Refusal. */
  readonly vetStart?: { readonly bytes: number; readonly vet: (start: Buffer) => void };
}

/** What becomes of a request. */
export type Verdict =
  | Forwarded
  /** Sent on with this JSON in place of its body. */
  | { readonly kind: 'replace'; readonly body: Json };

export const FORWARD: Forwarded = { kind: 'forward' };

/** What handlers may use. */
export interface Surroundings {
  readonly engine: Engine;
  /** Drop what an overlay mounted at `dir` has cached, so that it shows what was written through another overlay. */
  readonly flushOverlay: (dir: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/** Decides on a request. Throws a Refusal to answer it in the engine's place. */
export type Handler = (request: ApiRequest, surroundings: Surroundings) => Promise<Verdict>;

/** The protocol that a connection may turn into after the engine's answer. */
export type Upgrade = 'tcp' | 'h2c' | 'websocket';

export interface Route {
  /** Null: every method. */
  readonly methods: readonly string[] | null;
  /** As the engine declares it; `{name}` stands for any text, slashes included. */
  readonly path: string;
  readonly upgrade: Upgrade | null;
  readonly handle: Handler;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly name: string;
}

export const forward: Handler = async () => FORWARD;

export const route = (methods: string, path: string, handle: Handler): Route => ({
  methods: methods === '*' ? null : methods.split(' '),
  path,
  upgrade: null,
  handle,
});

/**
 * Routes on which a connection stops being HTTP: attach and exec (`tcp`; older clients ask without an Upgrade field and get a
 * 200), attach over a web socket, and BuildKit's two.
 */
export const STREAM_ROUTES: readonly Route[] = [
  { ...route('POST', '/containers/{name}/attach', forward), upgrade: 'tcp' },
  { ...route('POST', '/exec/{name}/start', forward), upgrade: 'tcp' },
  { ...route('GET', '/containers/{name}/attach/ws', forward), upgrade: 'websocket' },
  { ...route('POST', '/session', forward), upgrade: 'h2c' },
  { ...route('POST', '/grpc', forward), upgrade: 'h2c' },
];

const OTHERS: Route = route('*', '', forward);

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split('{name}')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(.*)')}$`,
  );

/** Finds a request's route as the engine's router does: the first whose method and whole path match. None: sent on. */
export const matcher = (routes: readonly Route[]): ((method: string, path: string) => MatchedRoute) => {
  const compiled = routes.map((candidate) => ({ candidate, pattern: patternOf(candidate.path) }));
  return (method, path) => {
    for (const { candidate, pattern } of compiled) {
      if (candidate.methods !== null && !candidate.methods.includes(method)) continue;
      const found = pattern.exec(path);
      if (found !== null) return { route: candidate, name: found[1] ?? '' };
    }
    return { route: OTHERS, name: '' };
  };
};
