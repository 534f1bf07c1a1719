import { chmod, rm } from 'node:fs/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { deferred } from '../deferred.ts';
import { textOf } from '../failure.ts';

/** The host's Docker socket. It exists as long as the app runs and says so when there is no engine behind it. */
export interface DockerSocket {
  /** From now on each client gets a stream of its own from `connect`. */
  readonly open: (connect: () => Promise<Duplex>) => void;
  /** From now on new clients are told `reason`; the streams of earlier ones go on until they end or break. */
  readonly shut: (reason: string) => void;
  /**
   * Answers on this port of 127.0.0.1 as well, to every user of the host, until `conceal`. Rejects when it is taken; does
   * nothing while it is exposed already.
   */
  readonly expose: (port: number) => Promise<void>;
  readonly conceal: () => void;
  readonly close: () => Promise<void>;
}

/** As long as the head of an HTTP request may be before nobody waits for its end any more. */
const MAX_HEAD = 65_536;

/** Answers the first request with 503 in the form of Docker's API, of which the CLI prints the message. */
const refuse = (client: net.Socket, message: string): void => {
  const body = JSON.stringify({ message });
  let head = '';
  // An answer before the request would be a protocol error for HTTP clients.
  const onData = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n') && head.length < MAX_HEAD) return;
    client.off('data', onData);
    client.resume();
    client.end(
      `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };
  client.on('data', onData);
  client.on('end', () => client.end());
};

/** Copies both directions with back-pressure. An end is passed on as an end; a break breaks the other side. */
const join = (client: net.Socket, engine: Duplex): void => {
  client.pipe(engine);
  engine.pipe(client);
  const link = (from: Duplex, to: Duplex) => {
    from.on('error', () => to.destroy());
    from.on('close', () => {
      // After a proper end, what was received is still delivered.
      if (from.readableEnded) to.end(() => to.destroy());
      else to.destroy();
    });
  };
  link(client, engine);
  link(engine, client);
};

const listening = async (server: net.Server, where: net.ListenOptions): Promise<void> => {
  const listens = deferred<void>();
  server.once('error', listens.reject);
  server.listen(where, listens.resolve);
  await listens.promise;
};

/** Listens on `path` with mode 0600. A socket file that a dead process left behind is replaced. */
export const listenDockerSocket = async (path: string): Promise<DockerSocket> => {
  const closedReason = 'The Bulkhead engine is not running. Start it in Bulkhead or with: bulkhead start';
  let connect: (() => Promise<Duplex>) | null = null;
  let reason = closedReason;
  const clients = new Set<net.Socket>();

  const serve = async (client: net.Socket) => {
    if (connect === null) return refuse(client, reason);
    try {
      const engine = await connect();
      if (client.destroyed) engine.destroy();
      else join(client, engine);
    } catch (error) {
      refuse(client, `Bulkhead can't reach the engine in its VM: ${textOf(error)}`);
    }
  };

  const newServer = (): net.Server =>
    net.createServer({ allowHalfOpen: true, pauseOnConnect: false }, (client) => {
      clients.add(client);
      client.on('error', () => client.destroy());
      client.on('close', () => clients.delete(client));
      void serve(client);
    });
  const server = newServer();
  await rm(path, { force: true });
  await listening(server, { path });
  await chmod(path, 0o600);
  let exposed: net.Server | null = null;

  return {
    open: (to) => {
      connect = to;
    },
    shut: (why) => {
      connect = null;
      reason = why;
    },
    expose: async (port) => {
      if (exposed !== null) return;
      const open = newServer();
      await listening(open, { host: '127.0.0.1', port });
      exposed = open;
    },
    conceal: () => {
      exposed?.close();
      exposed = null;
    },
    close: async () => {
      const closed = deferred<void>();
      exposed?.close();
      server.close(() => closed.resolve());
      for (const client of clients) client.destroy();
      await closed.promise;
    },
  };
};
