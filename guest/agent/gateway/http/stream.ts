import type { Duplex } from 'node:stream';

/** The other side of a stream went away before it had said all. */
export class ConnectionLost extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'ConnectionLost';
  }
}

/** Bytes held for a reader that is not asking; beyond this the peer is made to wait. */
const HELD_BYTES = 256 * 1024;

/**
 * The readable half of a connection, pulled by one reader. It keeps reading ahead (up to a bound) while nobody pulls, so
 * that the end of the stream is noticed while the connection waits for something else.
 */
export class ByteSource {
  readonly #stream: Duplex;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #state: 'open' | 'ended' | 'broken' = 'open';
  #wake: () => void = () => undefined;
  #discarding = false;
  readonly #onOver = new Set<() => void>();

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.once('end', () => this.#finish('ended'));
    stream.once('close', () => this.#finish('broken'));
    stream.on('error', () => this.#finish('broken'));
  }

  /** The peer has ended its half or the connection is gone; what was read before may still be held. */
  get isOver(): boolean {
    return this.#state !== 'open';
  }

  /** The peer has ended its half and everything that it sent was read. */
  get isExhausted(): boolean {
    return this.isOver && this.#heldBytes === 0;
  }

  /** The next bytes, null after the end. Throws ConnectionLost when the connection broke instead of ending. */
  async read(): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.#held.shift();
      if (chunk !== undefined) {
        this.#heldBytes -= chunk.length;
        if (this.#heldBytes < HELD_BYTES && this.#stream.isPaused()) this.#stream.resume();
        return chunk;
      }
      if (this.#state === 'ended') return null;
      if (this.#state === 'broken') throw new ConnectionLost('the connection broke');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Give back what was read too far. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#held.unshift(chunk);
    this.#heldBytes += chunk.length;
  }

  /** Calls back once when the source is over, at once if it is already. Returns the way to call it off. */
  onOver(callback: () => void): () => void {
    if (this.isOver) callback();
    else this.#onOver.add(callback);
    return () => this.#onOver.delete(callback);
  }

  /** Read on and throw away, so that the peer's end is seen and nothing unread resets the connection. */
  discard(): void {
    this.#discarding = true;
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#stream.resume();
  }

  #finish(state: 'ended' | 'broken'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#wake();
    for (const callback of this.#onOver) callback();
    this.#onOver.clear();
  }

  #take(chunk: Buffer): void {
    if (this.#discarding) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= HELD_BYTES) this.#stream.pause();
    this.#wake();
  }
}

/** Write, and wait until the peer has taken enough of it. Throws ConnectionLost when it can no longer be written. */
export const send = async (stream: Duplex, bytes: Uint8Array | string): Promise<void> => {
  if (stream.destroyed || stream.writableEnded) throw new ConnectionLost('the connection is closed');
  if (typeof bytes === 'string' ? stream.write(bytes, 'latin1') : stream.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      stream.off('drain', settle);
      stream.off('close', settle);
      if (stream.destroyed) reject(new ConnectionLost('the connection broke'));
      else resolve();
    };
    stream.once('drain', settle);
    stream.once('close', settle);
  });
};

/** What `work` gives, or `instead` when the source is over first. */
export const unlessOver = async <T, U>(source: ByteSource, work: Promise<T>, instead: U): Promise<T | U> => {
  let callOff = (): void => undefined;
  const over = new Promise<U>((resolve) => {
    callOff = source.onOver(() => resolve(instead));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    callOff();
  }
};
