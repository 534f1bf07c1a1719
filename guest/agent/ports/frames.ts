import { once } from 'node:events';
import { Transform } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';

/** A UDP datagram fits; so does every list of ports that a machine can have. */
const MAX_FRAME = 8_388_608;
const HEADER = 4;

/** A 32-bit big-endian length and as many bytes. */
export const frame = (data: Buffer): Buffer => {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(data.length);
  return Buffer.concat([header, data]);
};

export const jsonFrame = (value: unknown): Buffer => frame(Buffer.from(JSON.stringify(value)));

const readExactly = async (stream: Readable, bytes: number): Promise<Buffer | null> => {
  for (;;) {
    if (bytes === 0) return Buffer.alloc(0);
    const data: unknown = stream.read(bytes);
    // At its end a stream gives what is left, however little.
    if (Buffer.isBuffer(data)) return data.length === bytes ? data : null;
    if (stream.readableEnded || stream.destroyed) return null;
    const waiting = new AbortController();
    try {
      const { signal } = waiting;
      await Promise.race(['readable', 'end', 'close'].map((event) => once(stream, event, { signal })));
    } finally {
      waiting.abort();
    }
  }
};

/** The next frame's bytes, leaving what follows unread; null at the stream's end. Throws at a broken or absurd frame. */
export const readFrame = async (stream: Readable): Promise<Buffer | null> => {
  const header = await readExactly(stream, HEADER);
  if (header === null) return null;
  const length = header.readUInt32BE();
  if (length > MAX_FRAME) throw new Error('a frame is too long');
  const data = await readExactly(stream, length);
  if (data === null) throw new Error('a frame is cut short');
  return data;
};

/** The next frame as JSON; null at the stream's end. */
export const readJsonFrame = async (stream: Readable): Promise<unknown> => {
  const data = await readFrame(stream);
  return data === null ? null : JSON.parse(data.toString());
};

/** Writes with back-pressure: resolves when the stream takes more, or will never again. */
export const writeFrame = async (stream: Duplex, data: Buffer): Promise<void> => {
  if (stream.destroyed || stream.write(data)) return;
  const waiting = new AbortController();
  try {
    const { signal } = waiting;
    await Promise.race(['drain', 'close'].map((event) => once(stream, event, { signal })));
  } finally {
    waiting.abort();
  }
};

/** Bytes to frames; the end becomes an empty one. */
export const encoder = (): Transform =>
  new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, frame(chunk)),
    flush: (done) => done(null, frame(Buffer.alloc(0))),
  });

/** Frames to bytes; fails when the frames stop without the empty one. */
export const decoder = (): Transform => {
  let header = Buffer.alloc(0);
  let left = 0;
  let ended = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let rest = chunk;
      while (rest.length > 0 && !ended) {
        if (left > 0) {
          this.push(rest.subarray(0, left));
          const taken = Math.min(left, rest.length);
          left -= taken;
          rest = rest.subarray(taken);
          continue;
        }
        const taken = Math.min(HEADER - header.length, rest.length);
        header = Buffer.concat([header, rest.subarray(0, taken)]);
        rest = rest.subarray(taken);
        if (header.length < HEADER) continue;
        left = header.readUInt32BE();
        header = Buffer.alloc(0);
        if (left > 0) continue;
        ended = true;
        this.push(null);
      }
      done();
    },
    flush: (done) => done(ended ? null : new Error('the stream was reset')),
  });
};
