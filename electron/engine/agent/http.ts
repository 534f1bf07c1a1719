import http from 'node:http';
import type { PskIdentity } from '../../../shared/contract/vm.ts';
import { deferred } from '../deferred.ts';
import type { Connect } from './connection.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** More than any answer that the engine asks for; a longer one is refused rather than collected. */
const MAX_BODY = 16_777_216;

/**
 * One HTTP/1.1 request on a connection of its own. Any status resolves; a broken connection, a body of more than
 * 16 MiB and an aborted signal reject.
 */
export const requestOver = async (
  connect: Connect,
  identity: PskIdentity,
  { method, path, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> => {
  const socket = await connect(identity, signal);
  const text = body === undefined ? null : JSON.stringify(body);
  const response = deferred<HttpResponse>();
  const request = http.request({
    method,
    path,
    createConnection: () => socket,
    signal,
    headers: {
      host: 'bulkhead',
      ...(text === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
  });
  request.on('error', response.reject);
  request.on('response', (message) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BODY) request.destroy(new Error(`${method} ${path} was answered with more than 16 MiB`));
    });
    message.on('error', response.reject);
    message.on('end', () => response.resolve({ status: message.statusCode ?? 0, body: Buffer.concat(chunks) }));
  });
  request.end(text);
  try {
    return await response.promise;
  } finally {
    socket.destroy();
  }
};
