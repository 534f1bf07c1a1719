import { badRequest } from '../refusal.ts';
import { type Headers, parseFields } from './head.ts';

/** Go's net/http refuses longer chunk-size lines (internal/chunked.go, maxLineLength). */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 64 * 1024;

/** Chunk extensions are allowed and ignored (RFC 9112 §7.1.1). */
const SIZE_LINE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

type State =
  | { readonly at: 'size' }
  | { readonly at: 'data'; readonly left: number }
  | { readonly at: 'dataEnd' }
  | { readonly at: 'trailers'; readonly lines: readonly string[]; readonly bytes: number };

export interface Progress {
  /** Bytes of the buffer that belong to this body; what follows them is the next message. */
  readonly consumed: number;
  readonly data: readonly Buffer[];
  /** The trailer fields once the body is complete, null before. */
  readonly trailers: Headers | null;
}

/** A strict, incremental reader of the chunked transfer coding (RFC 9112 §7.1). Throws a Refusal on anything else. */
export class ChunkedReader {
  #state: State = { at: 'size' };
  #line = '';

  push(bytes: Buffer): Progress {
    const data: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#state.at === 'data') {
        const piece = bytes.subarray(at, at + this.#state.left);
        data.push(piece);
        at += piece.length;
        const left = this.#state.left - piece.length;
        this.#state = left === 0 ? { at: 'dataEnd' } : { at: 'data', left };
        continue;
      }
      const end = bytes.indexOf(0x0a, at);
      this.#line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
      if (this.#line.length > MAX_LINE_BYTES && this.#state.at !== 'trailers')
        throw badRequest('a chunk-size line is too long');
      if (this.#line.length > MAX_TRAILER_BYTES) throw badRequest('the trailer fields are too long');
      if (end === -1) return { consumed: bytes.length, data, trailers: null };
      at = end + 1;
      if (!this.#line.endsWith('\r')) throw badRequest('a line of a chunked body does not end in CR LF');
      const line = this.#line.slice(0, -1);
      this.#line = '';
      const trailers = this.#endOfLine(this.#state, line);
      if (trailers !== null) return { consumed: at, data, trailers };
    }
    return { consumed: bytes.length, data, trailers: null };
  }

  /** Returns the trailer fields when this line was the body's last. */
  #endOfLine(state: Exclude<State, { at: 'data' }>, line: string): Headers | null {
    switch (state.at) {
      case 'size': {
        const size = SIZE_LINE.exec(line)?.[1];
        if (size === undefined) throw badRequest('a chunk size is malformed');
        const left = Number.parseInt(size, 16);
        this.#state = left === 0 ? { at: 'trailers', lines: [], bytes: 0 } : { at: 'data', left };
        return null;
      }
      case 'dataEnd': {
        if (line !== '') throw badRequest('a chunk is longer than its size');
        this.#state = { at: 'size' };
        return null;
      }
      case 'trailers': {
        if (line === '') return parseFields(state.lines);
        const bytes = state.bytes + line.length;
        if (bytes > MAX_TRAILER_BYTES) throw badRequest('the trailer fields are too long');
        this.#state = { at: 'trailers', lines: [...state.lines, line], bytes };
        return null;
      }
    }
  }
}

/** One buffer as one chunk. */
export const chunk = (data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`, 'latin1'), data, Buffer.from('\r\n', 'latin1')]);

export const lastChunk = (trailers: Headers): string =>
  ['0', ...trailers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
