/** What a field holds: a text or bytes (among them a message) with their length before them, or a whole number as varint. */
export type FieldValue = string | Uint8Array | number;

/** A field's number and what it holds. A repeated field stands here once for each. */
export type Field = readonly [number: number, value: FieldValue];

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const varint = (value: number): readonly number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];

/** A message in protocol buffers' wire format (protobuf.dev, "Encoding"). Numbers are whole and not negative. */
export const encodeMessage = (fields: readonly Field[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [...varint(number << 3), ...varint(value)];
      const bytes = typeof value === 'string' ? encoder.encode(value) : value;
      return [...varint((number << 3) | LENGTH_DELIMITED), ...varint(bytes.length), ...bytes];
    }),
  );

/** An entry of a field that is a map of texts. */
export const mapEntry = (key: string, value: FieldValue): Uint8Array =>
  encodeMessage([
    [1, key],
    [2, value],
  ]);

/** The fields of a message, those with a length as bytes. Throws on what is none, and on numbers of a fixed size. */
export const decodeMessage = (message: Uint8Array): readonly Field[] => {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): number => {
    for (let value = 0, unit = 1; ; unit *= 0x80) {
      const byte = message[at];
      if (byte === undefined) throw new Error('a message ends within a number');
      at += 1;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = readVarint();
    const value = readVarint();
    const number = tag >>> 3;
    const type = tag & 7;
    if (type === VARINT) fields.push([number, value]);
    else if (type === LENGTH_DELIMITED && at + value <= message.length) {
      fields.push([number, message.slice(at, at + value)]);
      at += value;
    } else throw new Error(`field ${number} is not to be read`);
  }
  return fields;
};

/** What the first field with this number holds; empty where there is none. */
export const bytesIn = (message: Uint8Array, number: number): Uint8Array => {
  const found = decodeMessage(message).find(([each]) => each === number)?.[1];
  return found instanceof Uint8Array ? found : new Uint8Array();
};

/** The same as a text. */
export const textIn = (message: Uint8Array, number: number): string => decoder.decode(bytesIn(message, number));
