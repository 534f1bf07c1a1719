import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunk, ChunkedReader, lastChunk } from './chunked.ts';
import type { Headers } from './head.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((data) => Buffer.from(data));

describe('the chunked coding', () => {
  it('gives back what was written, however it is cut, and leaves what follows', () => {
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 8 }),
        bytes,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (pieces, following, cuts) => {
          const message = Buffer.concat([...pieces.map(chunk), Buffer.from(lastChunk([['X-A', 'b']]))]);
          const stream = Buffer.concat([message, following]);
          const reader = new ChunkedReader();
          const data: Buffer[] = [];
          let at = 0;
          let trailers: Headers | null = null;
          for (let turn = 0; trailers === null; turn += 1) {
            const end = Math.min(stream.length, at + (cuts[turn % cuts.length] ?? 1));
            const progress = reader.push(stream.subarray(at, end));
            at += progress.consumed;
            data.push(...progress.data);
            trailers = progress.trailers;
          }
          expect(trailers).toEqual([['X-A', 'b']]);
          expect(at).toBe(message.length);
          expect(Buffer.concat(data).equals(Buffer.concat(pieces))).toBe(true);
        },
      ),
    );
  });

  it('gives each byte as soon as it has come', () => {
    const reader = new ChunkedReader();
    expect(reader.push(Buffer.from('5\r\nab')).data).toEqual([Buffer.from('ab')]);
    expect(reader.push(Buffer.from('cde')).data).toEqual([Buffer.from('cde')]);
  });

  it.each([
    ['a chunk-size line', 'a'.repeat(5000)],
    ['the trailer', `0\r\nX: ${'a'.repeat(70_000)}`],
    ['many trailer fields', `0\r\n${`X: ${'a'.repeat(60)}\r\n`.repeat(1100)}`],
  ])('does not hold an endless %s', (_, text) => {
    expect(() => new ChunkedReader().push(Buffer.from(text))).toThrow(/too long/);
  });
});
