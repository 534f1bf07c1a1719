import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/** A UNIX socket that is there before anything can serve it: connections wait. */
export interface WaitingServer {
  serve(handle: (stream: Socket) => void): void;
  /** Takes no more connections; those that wait are cut. */
  close(): void;
}

/** Listens for root only, in place of whatever is at `path`. Rejects when that is not possible. `log` gets later errors. */
export const listenWaiting = (path: string, log: (line: string) => void): Promise<WaitingServer> =>
  new Promise((resolve, reject) => {
    const waiting: Socket[] = [];
    let handle: ((stream: Socket) => void) | null = null;
    rmSync(path, { force: true });
    const server = createServer({ allowHalfOpen: true }, (stream) => {
      if (handle !== null) {
        handle(stream);
        return;
      }
      stream.on('error', () => stream.destroy());
      waiting.push(stream);
    });
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o660);
      server.on('error', (error) => log(`the socket ${path} failed: ${error.message}`));
      resolve({
        serve: (next) => {
          handle = next;
          for (const stream of waiting.splice(0)) next(stream);
        },
        close: () => {
          server.close();
          for (const stream of waiting.splice(0)) stream.destroy();
        },
      });
    });
  });
