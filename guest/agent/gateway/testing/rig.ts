import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { RequestOptions, ServerResponse } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { Duplex } from 'node:stream';
import type { VmSettings } from '../../../../shared/contract/vm.ts';
import { vmSettings } from '../../../../shared/engine/testing/vm-settings.ts';
import { createGateway } from '../gateway.ts';
import { createGrants, type Grants } from '../socket/grants.ts';

/** A request as it reached the stand-in for the engine. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** What the stand-in answers; anything not answered gets a 200 with `{}`. `handled: false` leaves the response to the rig. */
export interface EngineScript {
  readonly onRequest?: (incoming: IncomingMessage, response: ServerResponse) => boolean;
  readonly onUpgrade?: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Takes every connection as bytes, in place of HTTP. */
  readonly onConnection?: (socket: Socket) => void;
  /** JSON by path, for the gateway's own questions. */
  readonly objects?: Readonly<Record<string, unknown>>;
  /** Directories of the host. */
  readonly shares?: readonly string[];
  /** Where paths lead to that go through a link. */
  readonly links?: Readonly<Record<string, string>>;
  /** Why the host does not listen for what a container publishes. */
  readonly portProblem?: string;
}

export interface Rig {
  readonly gatewaySocket: string;
  /** In order: `METHOD /path` of every request that the engine got, and `flush DIR` of every flush. */
  readonly happened: string[];
  readonly seen: Seen[];
  readonly engineConnections: () => number;
  readonly logged: readonly string[];
  ask(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** One connection, the given bytes, and everything that comes back until its end. */
  raw(bytes: string): Promise<string>;
  dial(path?: string): Promise<Socket>;
  readonly grants: Grants;
  stopEngine(): Promise<void>;
  close(): Promise<void>;
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

export const readAll = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};

/** A gateway on a UNIX socket, in front of a stand-in for the engine on another. */
export const startRig = async (given: boolean | Partial<VmSettings>, script: EngineScript = {}): Promise<Rig> => {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-'));
  const engineSocket = join(directory, 'engine.sock');
  const gatewaySocket = join(directory, 'docker.sock');
  const happened: string[] = [];
  const seen: Seen[] = [];
  const logged: string[] = [];
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  let connections = 0;

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming;
    const networks = '/networks?filters=';
    if (url.startsWith(networks)) {
      // The gateway's own question on which networks are barred, which it asks once.
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(script.objects?.[networks] ?? []));
      return;
    }
    happened.push(`${method} ${url}`);
    if (script.onRequest?.(incoming, response) === true) return;
    const object = script.objects?.[url];
    const body = await readAll(incoming);
    seen.push({ method, url, rawHeaders: incoming.rawHeaders, body });
    const missing =
      object === undefined &&
      method === 'GET' &&
      /^\/(?:volumes\/|images\/.*\/json$|distribution\/|(?:containers|exec)\/.*\/json$)/.test(url);
    if (/\/(?:un)?pause$/.test(url)) {
      response.writeHead(204);
      response.end();
      return;
    }
    response.writeHead(missing ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(object ?? (missing ? { message: 'no such object' } : {})));
  };
  const http = createHttpServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  if (script.onUpgrade !== undefined) http.on('upgrade', script.onUpgrade);
  const engine = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1;
    track(socket);
    if (script.onConnection === undefined) http.emit('connection', socket);
    else script.onConnection(socket);
  });
  await listen(engine, engineSocket);

  const settings = vmSettings(typeof given === 'boolean' ? { isolation: given } : given);
  const grants = await createGrants({
    sockets: join(directory, 'sockets'),
    records: join(directory, 'records'),
    permissions: settings.dockerSocket,
    isolation: settings.isolation,
    log: (line) => logged.push(line),
  });
  const gateway = createGateway({
    engineSocket,
    settings,
    grants,
    shares: script.shares ?? [],
    vmHas: (place) => !place.startsWith('/home/'),
    realPath: (place) => posix.resolve('/', script.links?.[place] ?? place),
    ports: {
      reserve: async () => script.portProblem ?? null,
      started: async (name) => void happened.push(`ports of ${name}`),
    },
    flushOverlay: async (dir) => {
      happened.push(`flush ${dir}`);
    },
    log: (line) => logged.push(line),
  });
  // Half-open must come from the gateway, as the agent's TLS sockets are not made so.
  const front = createServer((socket) => {
    track(socket);
    gateway.handle(socket);
  });
  await listen(front, gatewaySocket);

  const dial = (path = gatewaySocket): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true }, () => resolve(socket));
      socket.once('error', reject);
    });

  const stopEngine = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      engine.close(() => resolve());
    });
  };

  return {
    gatewaySocket,
    grants,
    happened,
    seen,
    logged,
    engineConnections: () => connections,
    ask: (method, path, body, options = {}) =>
      new Promise((resolve, reject) => {
        const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
        const asking = request({ socketPath: gatewaySocket, method, path, headers, ...options }, (incoming) => {
          readAll(incoming).then(
            (bytes) =>
              resolve({
                status: incoming.statusCode ?? 0,
                headers: incoming.headers,
                rawHeaders: incoming.rawHeaders,
                trailers: incoming.trailers,
                body: bytes.toString('utf8'),
              }),
            reject,
          );
        });
        asking.on('error', reject);
        asking.end(
          body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        );
      }),
    raw: async (bytes) => {
      const socket = await dial();
      socket.write(bytes, 'latin1');
      const answered = (await readAll(socket)).toString('latin1');
      socket.destroy();
      return answered;
    },
    dial,
    stopEngine,
    close: async () => {
      gateway.close();
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
      });
      if (engine.listening) await stopEngine();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

/** Bytes from a stream until `text` has come; what came after it stays in the stream. */
export const readUntil = async (socket: Socket, text: string): Promise<string> => {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const found = bytes.indexOf(text, 0, 'latin1');
    if (found !== -1) {
      const end = found + Buffer.byteLength(text, 'latin1');
      if (bytes.length > end) socket.unshift(bytes.subarray(end));
      return bytes.toString('latin1', 0, end);
    }
    const piece: unknown = socket.read();
    if (Buffer.isBuffer(piece)) {
      bytes = Buffer.concat([bytes, piece]);
    } else if (socket.readableEnded || socket.destroyed) {
      throw new Error(`the stream ended before ${JSON.stringify(text)}: ${bytes.toString('latin1')}`);
    } else {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          for (const event of ['readable', 'end', 'close']) socket.off(event, wake);
          resolve();
        };
        for (const event of ['readable', 'end', 'close']) socket.once(event, wake);
      });
    }
  }
};
