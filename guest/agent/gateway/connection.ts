import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { exchange, type Outcome, ReadRefusal } from './exchange.ts';
import { connectEngine, type EngineSocket } from './http/engine-socket.ts';
import { fieldTokens, readRequestHead, type RequestHead } from './http/head.ts';
import { ByteSource, ConnectionLost, send, unlessOver } from './http/stream.ts';
import type { Side } from './http/tunnel.ts';
import { Refusal } from './refusal.ts';
import type { MatchedRoute } from './match.ts';
import type { Surroundings } from './routes.ts';

export interface ConnectionOptions {
  readonly engineSocket: string;
  readonly match: (method: string, path: string) => MatchedRoute;
  readonly surroundings: Surroundings;
}

/** How long a client gets to read a last answer and close, before its connection is cut. */
const LINGER_MS = 5_000;

/** Docker's error object, as moby's httputils.WriteJSON writes it. */
const refusalText = (refusal: Refusal, withBody: boolean, outcome: Outcome): string => {
  const body = `${JSON.stringify({ message: refusal.message })}\n`;
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(outcome === 'close' ? ['Connection: close'] : []),
    '',
    withBody ? body : '',
  ].join('\r\n');
};

/** Names in a request may hold line ends. */
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const oneLine = (text: string): string => text.replace(/[\0-\x1f\x7f]+/g, ' ');

const wantsClose = (head: RequestHead): boolean =>
  head.version === '1.0' || fieldTokens(head.headers, 'connection').includes('close');

/** End the connection after what was written, reading on so that nothing unread makes the kernel cut it short. */
const finish = async ({ stream, source }: Side<Duplex>): Promise<void> => {
  source.discard();
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.end(() => {
      const timer = setTimeout(() => stream.destroy(), LINGER_MS);
      source.onOver(() => {
        clearTimeout(timer);
        stream.destroy();
      });
    });
  });
};

/**
 * Serves one client's connection until it ends: requests in their order, each answered before the next is read, over one
 * connection to the engine that is this client's alone. Never rejects; what goes wrong inside is logged.
 */
export const serveConnection = async (stream: Duplex, options: ConnectionOptions): Promise<void> => {
  const { log } = options.surroundings;
  // Without this, Node ends the other direction when a client has sent all of a container's standard input.
  stream.allowHalfOpen = true;
  if (stream instanceof Socket) stream.setNoDelay(true);
  const client: Side<Duplex> = { stream, source: new ByteSource(stream) };
  const engine: { side: Side<EngineSocket> | null } = { side: null };
  stream.once('close', () => engine.side?.stream.destroy());

  const connect = async (): Promise<Side<EngineSocket>> => {
    const { side } = engine;
    if (side !== null && !side.source.isOver && !side.stream.writableEnded) return side;
    side?.stream.destroy();
    try {
      const socket = await connectEngine(options.engineSocket);
      const made = { stream: socket, source: new ByteSource(socket) };
      engine.side = made;
      if (stream.destroyed) socket.destroy();
      return made;
    } catch (error) {
      log(`the engine can't be reached: ${error instanceof Error ? error.message : String(error)}`);
      throw new Refusal(503, 'the Docker Engine is not running in the VM. Wait until Bulkhead shows it as running.');
    }
  };

  /** The next request; null when the client is done, or the engine has closed the connection in between. */
  const nextRequest = async (): Promise<RequestHead | null> => {
    const reading = readRequestHead(client.source);
    reading.catch(() => undefined);
    return engine.side === null ? reading : unlessOver(engine.side.source, reading, null);
  };

  const refuse = async (refusal: Refusal, head: RequestHead | null, outcome: Outcome): Promise<void> => {
    // Without the query, which may hold build arguments and the like.
    const asked = head === null ? 'a request' : `${head.method} ${head.target.split('?')[0] ?? ''}`;
    log(oneLine(`${asked} was refused: ${refusal.message}`));
    await send(stream, Buffer.from(refusalText(refusal, head?.method !== 'HEAD', outcome), 'utf8'));
  };

  /** False when the connection has to end. */
  const serveNext = async (): Promise<boolean> => {
    let head: RequestHead | null = null;
    try {
      head = await nextRequest();
      if (head === null) return false;
      return (await exchange({ ...options, client, connect }, head)) === 'keep';
    } catch (error) {
      if (error instanceof ReadRefusal && head !== null) {
        const outcome = wantsClose(head) ? 'close' : 'keep';
        await refuse(error.refusal, head, outcome);
        return outcome === 'keep';
      }
      if (error instanceof Refusal) {
        await refuse(error, head, 'close');
        return false;
      }
      throw error;
    }
  };

  try {
    while (await serveNext());
  } catch (error) {
    if (!(error instanceof ConnectionLost)) {
      log(oneLine(`a connection failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`));
    }
  }
  engine.side?.stream.destroy();
  await finish(client);
};
