import http from 'node:http';
import net from 'node:net';
import type { ApiAnswer, AskEngine, Speak } from '../../shared/conformance/lab.ts';

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

/** An engine that takes a malformed request for the beginning of one waits for the rest. */
const QUIET_MS = 20_000;

/** Connections to the socket that the app offers on the host. */
export const hostConnection =
  (socketPath: string): Speak =>
  (text) =>
    new Promise<string>((resolve, reject) => {
      const connection = net.connect(socketPath);
      let answer = '';
      connection.setEncoding('utf8');
      connection.setTimeout(QUIET_MS, () => connection.destroy());
      connection.on('data', (part: string) => (answer += part));
      connection.on('error', reject);
      connection.on('close', () => resolve(answer));
      connection.write(text);
    });
