import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMessage, encodeMessage, type Field, mapEntry, textIn } from './protobuf.ts';

const hexadecimal = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// The examples of protobuf.dev, "Encoding".
it('is the wire format of protocol buffers', () => {
  expect(hexadecimal(encodeMessage([[1, 150]]))).toBe('089601');
  expect(hexadecimal(encodeMessage([[2, 'testing']]))).toBe('120774657374696e67');
  expect(hexadecimal(encodeMessage([[3, encodeMessage([[1, 150]])]]))).toBe('1a03089601');
  expect(hexadecimal(encodeMessage([[23, 'x']]))).toBe('ba010178');
  expect(hexadecimal(mapEntry('a', 'b'))).toBe('0a0161120162');
});

it('reads what it writes', () => {
  const value = fc.oneof(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.uint8Array({ maxLength: 300 }));
  const field: fc.Arbitrary<Field> = fc.tuple(fc.integer({ min: 1, max: 1000 }), value);
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      expect(decodeMessage(encodeMessage(fields))).toEqual(fields);
    }),
  );
});

it('finds the first field with a number', () => {
  const message = encodeMessage([
    [1, 5],
    [2, 'one'],
    [2, 'two'],
  ]);
  expect(textIn(message, 2)).toBe('one');
  expect(textIn(message, 1)).toBe('');
  expect(textIn(message, 3)).toBe('');
});

it.each(['08', '0a05', '0a0561', '0d00000000', '0900'])('refuses %s', (text) => {
  expect(() => decodeMessage(Buffer.from(text, 'hex'))).toThrow(/message ends|not to be read/u);
});
