import type { Duplex } from 'node:stream';
import type { PortGate } from '../ports/gate.ts';
import { serveConnection } from './connection.ts';
import { engineAt } from './engine.ts';
import { matcher } from './match.ts';
import { createPauses } from './pauses.ts';
import type { GatewaySettings } from './routes.ts';
import type { Grants } from './socket/grants.ts';
import { createSockets } from './socket/sockets.ts';
import { ROUTES } from './table.ts';
import { createTurns } from './turns.ts';

export interface GatewayOptions {
  /** Path of the UNIX socket on which the engine listens. */
  readonly engineSocket: string;
  readonly settings: GatewaySettings;
  /** The Docker sockets of containers, whose connections the gateway serves from now on. */
  readonly grants: Grants;
  /** Directories of the host that are mounted in the VM. */
  readonly shares: readonly string[];
  /** Whether the VM itself has something at this path. */
  readonly vmHas: (place: string) => boolean;
  /** Where a path of the VM leads to, its links followed as far as it exists. */
  readonly realPath: (place: string) => string;
  /**
   * Make the overlay mounted at `dir` forget what it has cached. Must leave anything that is not an overlay alone: `dir` is
   * /proc/PID/root of a container that may have ended. A rejection is logged and the request goes on.
   */
  readonly flushOverlay: (dir: string) => Promise<void>;
  readonly ports: PortGate;
  /** One line, no newline. */
  readonly log: (line: string) => void;
}

export interface Gateway {
  /** Takes over a client's connection, which must be authenticated and not yet read from. */
  handle(socket: Duplex): void;
  /** Cuts every connection. */
  close(): void;
}

/**
 * Stands between Docker clients and the engine (Docker Engine API over HTTP/1.1). Requests and answers are streamed as they
 * are, but for what the table of routes says: with isolation on, routes that it does not know are refused, requests that would
 * make the engine itself act on the VM's files are vetted, and the container's and the engine's view of its files are kept
 * alike; with isolation off only the settings that are not about isolation are obeyed. Either way, a request that two readers
 * of HTTP could read differently is refused.
 */
export const createGateway = (options: GatewayOptions): Gateway => {
  const engine = engineAt(options.engineSocket);
  const connections = new Set<Duplex>();
  const { settings, shares, vmHas, realPath, grants, flushOverlay, ports, log } = options;
  const sockets = createSockets(engine, settings.dockerSocket, grants, log);
  const anyCommand = matcher(ROUTES, settings.isolation, null);
  const listedCommands = matcher(ROUTES, settings.isolation, settings.dockerSocket);
  const surroundings = {
    settings,
    shares,
    vmHas,
    realPath,
    engine,
    pauses: createPauses(engine, log),
    sockets,
    volumeTurns: createTurns(),
    flushOverlay,
    ports,
    log,
  };
  let closed = false;
  const serve = (socket: Duplex, match: typeof anyCommand): void => {
    if (closed) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void serveConnection(socket, { engineSocket: options.engineSocket, match, surroundings });
  };
  grants.serve((socket) => serve(socket, listedCommands));
  return {
    handle: (socket) => serve(socket, anyCommand),
    close: () => {
      closed = true;
      grants.close();
      for (const connection of connections) connection.destroy();
      engine.close();
    },
  };
};
