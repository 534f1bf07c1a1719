import type { VmSettings } from '../../../shared/contract/vm.ts';
import type { PortGate } from '../ports/gate.ts';
import type { Engine } from './engine.ts';
import type { Query } from './http/query.ts';
import type { Json } from './json/json.ts';
import type { Shape } from './json/shape.ts';
import type { Pauses } from './pauses.ts';
import type { Sockets } from './socket/sockets.ts';
import type { Turns } from './turns.ts';

/** A request as its route's handler sees it. */
export interface ApiRequest {
  readonly method: string;
  /** The path without its version. */
  readonly path: string;
  /** The part of the path that the pattern's `{name}` stands for, '' when it has none. */
  readonly name: string;
  readonly query: Query;
  /** The path and the query as they came, the version among them. */
  readonly target: string;
  /** The body, decoded as the engine would; null when there is none. Throws a Refusal when the engine would refuse it. */
  json(shape: Shape): Promise<Json | null>;
}

interface Sent {
  /** In place of the query as received. */
  readonly query?: Query;
  /** Runs as soon as the engine answers, whatever that is, or will not any more; may run again. */
  readonly answered?: () => void;
  /** Runs when the engine has done it, before the client hears of it. */
  readonly beforeAnswer?: () => Promise<void>;
  /** Runs when the engine has come to the end of it, whatever that was, and before the client gets the last of the answer. */
  readonly release?: () => Promise<void>;
}

/** Sent on with its body as it is. */
export interface Forwarded extends Sent {
  readonly kind: 'forward';
  /** Is shown the first bytes of the body, fewer when it has no more, before any reach the engine. Throws a Refusal. */
  readonly vetStart?: { readonly bytes: number; readonly vet: (start: Buffer) => void };
}

/** What becomes of a request. */
export type Verdict =
  | Forwarded
  /** Sent on with this JSON in place of its body. */
  | (Sent & {
      readonly kind: 'replace';
      readonly body: Json;
      /** Is shown an answer of success, before the client gets any of it. */
      readonly shownAnswer?: (body: Buffer) => Promise<void>;
    });

export const FORWARD: Forwarded = { kind: 'forward' };

/** What of the VM's settings the gateway obeys. */
export type GatewaySettings = Pick<VmSettings, 'isolation' | 'proxy' | 'blockDockerLoad' | 'dockerSocket' | 'ipv6'>;

/** What handlers may use. */
export interface Surroundings {
  readonly settings: GatewaySettings;
  /** Directories of the host that are mounted in the VM. */
  readonly shares: readonly string[];
  /** Whether the VM itself has something at this path. */
  readonly vmHas: (place: string) => boolean;
  /** Where a path of the VM leads to, its links followed as far as it exists. */
  readonly realPath: (place: string) => string;
  readonly engine: Engine;
  readonly pauses: Pauses;
  readonly sockets: Sockets;
  /** Containers whose volumes are filled share; whoever makes a volume with options is alone. */
  readonly volumeTurns: Turns;
  /** Drop what an overlay mounted at `dir` has cached, so that it shows what was written through another overlay. */
  readonly flushOverlay: (dir: string) => Promise<void>;
  readonly ports: PortGate;
  readonly log: (line: string) => void;
}

/** Decides on a request. Throws a Refusal to answer it in the engine's place. */
export type Handler = (request: ApiRequest, surroundings: Surroundings) => Promise<Verdict>;

/** The protocol that a connection may turn into after the engine's answer. */
export type Upgrade = 'tcp' | 'h2c' | 'websocket';

/** How the gateway treats a route. */
export type Treatment =
  | { readonly kind: 'forward' }
  /** `does`: what the handler does, as the documentation's table says it. */
  | { readonly kind: 'vet'; readonly handle: Handler; readonly does: string }
  /** `why` continues "not allowed, because …". */
  | { readonly kind: 'refuse'; readonly what: string; readonly why: string };

/** The families of Docker's commands (its manual, ECI: "Command list", knows all but the last two as wildcards). */
export type Group = 'container' | 'image' | 'build' | 'volume' | 'network' | 'system' | 'plugin' | 'swarm';

export type Purpose = Pick<Route, 'commands' | 'servesToo'>;

export interface Route {
  readonly methods: readonly string[];
  /** As the engine declares it; `{name}` stands for any text, slashes included. */
  readonly path: string;
  readonly upgrade: Upgrade | null;
  /** Null: no client can do without it, and no list refuses it. */
  readonly group: Group | null;
  /** The commands that this route is the doing of; a list that refuses one of them refuses the route. */
  readonly commands: readonly string[];
  /** What a request is the doing of, and what else needs it, where its query tells. */
  readonly narrow: ((query: Query) => Purpose) | null;
  /** Commands that cannot do without this route; a list that allows one of them allows the route. */
  readonly servesToo: readonly string[];
  readonly isolated: Treatment;
  readonly plain: Treatment;
}

const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split('{name}')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('(.*)')}$`,
  );

export interface FoundRoute {
  readonly route: Route;
  readonly name: string;
}

/** Finds a request's route as the engine's router does: the first whose method and whole path match; null when none does. */
export const routeFinder = (routes: readonly Route[]): ((method: string, path: string) => FoundRoute | null) => {
  const compiled = routes.map((candidate) => ({ candidate, pattern: patternOf(candidate.path) }));
  return (method, path) => {
    for (const { candidate, pattern } of compiled) {
      if (!candidate.methods.includes(method)) continue;
      const found = pattern.exec(path);
      if (found !== null) return { route: candidate, name: found[1] ?? '' };
    }
    return null;
  };
};
