import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Readable;
  readonly contentType?: string;
}

export interface EngineResponse {
  readonly status: number;
  readonly body: string;
}

/** One request to dockerd on its root-only socket. Rejects when dockerd cannot be reached or hangs up. */
export const engineRequest = (request: EngineRequest): Promise<EngineResponse> =>
  new Promise((resolve, reject) => {
    const outgoing = http.request(
      {
        socketPath: '/run/bulkhead/engine.sock',
        method: request.method,
        path: request.path,
        headers: request.contentType === undefined ? {} : { 'content-type': request.contentType },
      },
      (response) => {
        text(response).then((body) => {
          resolve({ status: response.statusCode ?? 0, body });
        }, reject);
      },
    );
    outgoing.once('error', reject);
    if (request.body === undefined) outgoing.end();
    else request.body.pipe(outgoing);
  });
