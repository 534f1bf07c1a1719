import { badRequest, Refusal } from '../refusal.ts';
import { ChunkedReader } from './chunked.ts';
import { fieldValues, type Headers, type RequestHead, type ResponseHead } from './head.ts';
import { type ByteSource, ConnectionLost } from './stream.ts';

/** Where a message's body ends (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'untilClose' };

const NO_BODY: Framing = { kind: 'length', bytes: 0 };

const contentLength = (headers: Headers): number | null => {
  const values = fieldValues(headers, 'content-length');
  if (values.length === 0) return null;
  const [value = ''] = values;
  if (values.length > 1 || !/^\d{1,15}$/.test(value)) throw badRequest('Content-Length is repeated or no number');
  return Number(value);
};

/**
 * A request's framing. Stricter than RFC 9112 §6.3 asks: a request in which two readers could see two lengths is refused,
 * never repaired. Throws a Refusal.
 */
export const requestFraming = (head: RequestHead): Framing => {
  const encodings = fieldValues(head.headers, 'transfer-encoding');
  const length = contentLength(head.headers);
  if (encodings.length === 0) return length === null ? NO_BODY : { kind: 'length', bytes: length };
  if (length !== null) throw badRequest('both Content-Length and Transfer-Encoding are given');
  if (head.version === '1.0') throw badRequest('Transfer-Encoding is not part of HTTP/1.0');
  if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
    throw new Refusal(501, 'bad request: a Transfer-Encoding other than chunked is not supported');
  }
  return { kind: 'chunked' };
};

/** The engine's answer; RFC 9112 §6.3 in full, as the engine is trusted. */
export const responseFraming = (method: string, head: ResponseHead): Framing => {
  if (method === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return NO_BODY;
  if (fieldValues(head.headers, 'transfer-encoding').some((value) => value.toLowerCase() === 'chunked')) {
    return { kind: 'chunked' };
  }
  const length = contentLength(head.headers);
  return length === null ? { kind: 'untilClose' } : { kind: 'length', bytes: length };
};

/** What became of the bytes of one read: `raw` as received, `data` without the chunked coding. */
export interface Piece {
  readonly raw: Buffer;
  readonly data: readonly Buffer[];
}

/**
 * Read a body to its end, piece by piece as it comes, and leave what follows it in the source. Returns the trailer
 * fields. Throws ConnectionLost when the stream ends first, a Refusal when the chunked coding is malformed.
 */
export const readBody = async (
  source: ByteSource,
  framing: Framing,
  take: (piece: Piece) => Promise<void>,
): Promise<Headers> => {
  switch (framing.kind) {
    case 'length': {
      for (let left = framing.bytes; left > 0;) {
        const chunk = await nextChunk(source);
        const raw = chunk.subarray(0, left);
        source.unread(chunk.subarray(raw.length));
        left -= raw.length;
        await take({ raw, data: [raw] });
      }
      return [];
    }
    case 'chunked': {
      const reader = new ChunkedReader();
      for (;;) {
        const chunk = await nextChunk(source);
        const { consumed, data, trailers } = reader.push(chunk);
        source.unread(chunk.subarray(consumed));
        await take({ raw: chunk.subarray(0, consumed), data });
        if (trailers !== null) return trailers;
      }
    }
    case 'untilClose': {
      for (let raw = await source.read(); raw !== null; raw = await source.read()) await take({ raw, data: [raw] });
      return [];
    }
  }
};

const nextChunk = async (source: ByteSource): Promise<Buffer> => {
  const chunk = await source.read();
  if (chunk === null) throw new ConnectionLost('the connection ended inside a body');
  return chunk;
};

/**
 * A taker of pieces that shows the first `bytes` bytes of a body to `vet` before `take` gets any; `end` is due after the last
 * piece. What `vet` throws is thrown on, and nothing was taken.
 */
export const startVetted = (
  bytes: number,
  vet: (start: Buffer) => void,
  take: (data: Buffer) => Promise<void>,
): { readonly take: (data: Buffer) => Promise<void>; readonly end: () => Promise<void> } => {
  let held: Buffer | null = Buffer.alloc(0);
  const release = async (start: Buffer): Promise<void> => {
    vet(start.subarray(0, bytes));
    held = null;
    if (start.length > 0) await take(start);
  };
  return {
    take: async (data) => {
      if (held === null) return take(data);
      held = Buffer.concat([held, data]);
      if (held.length >= bytes) await release(held);
    },
    end: async () => {
      if (held !== null) await release(held);
    },
  };
};
