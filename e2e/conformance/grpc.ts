import { randomUUID } from 'node:crypto';
import http from 'node:http';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Grpc, GrpcAnswer, HangUp } from '../../shared/conformance/grpc.ts';

const API = '/v1.44';
/** As for other requests: a build under emulation takes a minute or two. */
const DEADLINE_MS = 240_000;

/** A message behind a byte that says it is not compressed and its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const framed = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** The whole messages in what came so far. */
const messagesIn = (body: Buffer): readonly Buffer[] => {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end > body.length) break;
    messages.push(body.subarray(at + 5, end));
    at = end;
  }
  return messages;
};

/** A connection to the engine that speaks HTTP/2 from here on. */
const upgraded = (socketPath: string, path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const request = http.request({
      socketPath,
      method: 'POST',
      path: `${API}${path}`,
      agent: false,
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: { ...headers, connection: 'Upgrade', upgrade: 'h2c' },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      reject(new Error(`no upgrade: ${response.statusCode ?? 0}`));
    });
    request.on('upgrade', (_response, socket, head) => {
      socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });

const callOn = (
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  message: Uint8Array,
  hangUp: HangUp,
): Promise<GrpcAnswer> =>
  new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request(headers, { signal: AbortSignal.timeout(DEADLINE_MS) });
    let body: Buffer = Buffer.alloc(0);
    let trailers: http2.IncomingHttpHeaders = {};
    const keep = (received: http2.IncomingHttpHeaders): void => {
      trailers = received;
    };
    // A call that fails at once has its trailers in the only headers.
    stream.on('response', keep);
    stream.on('trailers', keep);
    stream.on('data', (chunk: Buffer) => {
      body = Buffer.concat([body, chunk]);
      if (hangUp !== 'at once' && messagesIn(body).some(hangUp)) stream.end();
    });
    stream.on('error', reject);
    stream.on('close', () => {
      const { 'grpc-status': status, 'grpc-message': words = '' } = trailers;
      const messages = messagesIn(body);
      if (status === undefined) reject(new Error('the engine ended the call without a status'));
      else resolve({ status: Number(status), message: decodeURIComponent(String(words)), messages });
    });
    stream.write(framed(message));
    if (hangUp === 'at once') stream.end();
  });

/** The headers with which a client says what it serves in a session. */
const sessionHeaders = (id: string, methods: string[]): http.OutgoingHttpHeaders => ({
  'X-Docker-Expose-Session-Uuid': id,
  'X-Docker-Expose-Session-Name': 'check',
  'X-Docker-Expose-Session-Sharedkey': '',
  'X-Docker-Expose-Session-Grpc-Method': methods,
});

/** Asked again and again as long as the session lasts; SERVING (grpc.health.v1). */
const HEALTHY = { '/grpc.health.v1.Health/Check': Uint8Array.of(8, 1) };

/** BuildKit on the socket that the app offers on the host. */
export const hostGrpc = (socketPath: string): Grpc => ({
  call: async (method, message, { metadata = {}, hangUp = 'at once' } = {}) => {
    const socket = await upgraded(socketPath, '/grpc');
    const session = http2.connect('http://docker', { createConnection: () => socket });
    try {
      const headers = { ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' };
      return await callOn(session, { ...headers, ...metadata }, message, hangUp);
    } finally {
      session.destroy();
    }
  },
  serve: async (served, work) => {
    const answers = { ...HEALTHY, ...served };
    const id = randomUUID();
    const socket = await upgraded(socketPath, '/session', sessionHeaders(id, Object.keys(answers)));
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      const answer = new Map(Object.entries(answers)).get(headers[':path'] ?? '');
      // UNIMPLEMENTED (gRPC, "Status codes and their use in gRPC").
      const status = answer === undefined ? '12' : '0';
      stream.on('error', () => stream.destroy());
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
      stream.end(answer === undefined ? undefined : framed(answer));
    });
    server.emit('connection', socket);
    try {
      return await work(id);
    } finally {
      socket.destroy();
    }
  },
});
