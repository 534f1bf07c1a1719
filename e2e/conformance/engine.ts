import http from 'node:http';
import type { ApiAnswer, AskEngine } from '../../shared/conformance/lab.ts';

const API = '/v1.44';
/** A container under emulation starts in seconds; a request that takes minutes hangs. */
const DEADLINE_MS = 240_000;

/** Docker's API on the socket that the app offers on the host. */
export const hostSocket =
  (socketPath: string): AskEngine =>
  ({ method, path: target, body }) =>
    new Promise<ApiAnswer>((resolve, reject) => {
      const isArchive = body instanceof Uint8Array;
      const payload = body === undefined ? null : isArchive ? body : Buffer.from(JSON.stringify(body));
      const request = http.request({
        socketPath,
        method,
        path: `${API}${target}`,
        agent: false,
        signal: AbortSignal.timeout(DEADLINE_MS),
        headers:
          payload === null
            ? {}
            : {
                'content-type': isArchive ? 'application/x-tar' : 'application/json',
                'content-length': payload.length,
              },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      request.end(payload);
    });
