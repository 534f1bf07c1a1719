import type { Duplex } from 'node:stream';
import { serveConnection } from './connection.ts';
import { engineAt } from './engine.ts';
import { ISOLATED_ROUTES } from './isolated-routes.ts';
import { matcher, STREAM_ROUTES } from './routes.ts';

export interface GatewayOptions {
  /** Path of the UNIX socket on which the engine listens. */
  readonly engineSocket: string;
  readonly isolation: boolean;
  /**
   * Make the overlay mounted at `dir` forget what it has cached. Must leave anything that is not an overlay alone: `dir` is
   * /proc/PID/root of a container that may have ended. A rejection is logged and the request goes on.
   */
  readonly flushOverlay: (dir: string) => Promise<void>;
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
 * are; with isolation on, requests that would make the engine itself act on the VM's files are vetted, and the container's and
 * the engine's view of its files are kept alike. With isolation off nothing is vetted. Either way, a request that two
 * readers of HTTP could read differently is refused.
 */
export const createGateway = (options: GatewayOptions): Gateway => {
  const engine = engineAt(options.engineSocket);
  const connections = new Set<Duplex>();
  const match = matcher(options.isolation ? ISOLATED_ROUTES : STREAM_ROUTES);
  const surroundings = { engine, flushOverlay: options.flushOverlay, log: options.log };
  let closed = false;
  return {
    handle: (socket) => {
      if (closed) {
        socket.destroy();
        return;
      }
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      void serveConnection(socket, { engineSocket: options.engineSocket, match, surroundings });
    },
    close: () => {
      closed = true;
      for (const connection of connections) connection.destroy();
      engine.close();
    },
  };
};
