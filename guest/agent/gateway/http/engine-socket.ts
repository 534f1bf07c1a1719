import { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/**
 * A connection to the engine of which everything that the engine has sent can be read, whatever becomes of it. The engine may
 * close with input still on its way to it (a container that ends before its standard input, an upload that it refuses
 * half-way). Node destroys a socket at the first failed write, and at the reset that then takes the place of the end, and
 * drops what was not read yet. So here a failed write succeeds, with `deaf` saying that there is no use in further ones, and a
 * reset is an end.
 */
/* oxlint-disable no-underscore-dangle -- the names by which node:stream lets a class implement writing */
export class EngineSocket extends Socket {
  deaf = false;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _write(chunk: Uint8Array, encoding: BufferEncoding, done: Done): void {
    super._write(chunk, encoding, this.#forgiving(done));
  }

  override _writev(chunks: { chunk: Uint8Array; encoding: BufferEncoding }[], done: Done): void {
    super._writev?.(chunks, this.#forgiving(done));
  }

  override _final(done: Done): void {
    super._final(this.#forgiving(done));
  }

  override destroy(error?: Error): this {
    if (error === undefined || !('syscall' in error) || error.syscall !== 'read') return super.destroy(error);
    this.deaf = true;
    this.push(null);
    return this;
  }

  #forgiving(done: Done): Done {
    return (error) => {
      if (error) this.deaf = true;
      done();
    };
  }
}

/** Connects to the engine's UNIX socket. Rejects with the system's error. */
export const connectEngine = (socketPath: string): Promise<EngineSocket> =>
  new Promise((resolve, reject) => {
    const socket = new EngineSocket();
    socket.once('error', reject);
    socket.connect(socketPath, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
