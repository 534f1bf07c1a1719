import { badRequest, Refusal } from '../refusal.ts';
import { type ByteSource, ConnectionLost } from './stream.ts';

/** In the order and the spelling of the sender. Characters are bytes (ISO 8859-1). */
export type Headers = readonly (readonly [name: string, value: string])[];

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: Headers;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
  /** As received, the empty line included. */
  readonly raw: string;
}

/** Go's net/http takes heads of up to 1 MiB (DefaultMaxHeaderBytes); registry credentials make them large. */
const MAX_HEAD_BYTES = 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
/** The methods of the Docker Engine API. */
const REQUEST_LINE = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS) ([\x21-\x7e]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- RFC 9110 §5.5: these bytes must not appear in a field value
const FORBIDDEN_IN_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** RFC 9112 §2.2 lets a server take a bare LF as a line's end; refusing it leaves no two readings. */
const assertLineEnds = (bytes: Buffer, from: number): void => {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) throw badRequest('a line of the head does not end in CR LF');
  }
};

/** Text up to the first empty line, which is consumed and not returned. Null when the stream ends before the first byte. */
const readHead = async (source: ByteSource): Promise<string | null> => {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await source.read();
    if (chunk === null) {
      if (bytes.length === 0) return null;
      throw new ConnectionLost('the connection ended inside a head');
    }
    const seen = bytes.length;
    bytes = seen === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf('\r\n\r\n', Math.max(0, seen - 3), 'latin1');
    assertLineEnds(end === -1 ? bytes : bytes.subarray(0, end), seen);
    if (end !== -1) {
      source.unread(bytes.subarray(end + 4));
      return bytes.toString('latin1', 0, end);
    }
    if (bytes.length > MAX_HEAD_BYTES) throw new Refusal(431, 'bad request: the head is larger than 1 MiB');
  }
};

/** `name: value` lines; RFC 9112 §5: no space before the colon, no folded lines. Throws a Refusal. */
export const parseFields = (lines: readonly string[]): Headers =>
  lines.map((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).replace(/^[ \t]+/, '');
    if (!FIELD_NAME.test(name) || FORBIDDEN_IN_VALUE.test(value)) throw badRequest('a header field is malformed');
    return [name, trimEnd(value)];
  });

/** Linear, unlike a regular expression anchored at the end. */
const trimEnd = (text: string): string => {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1;
  return text.slice(0, end);
};

/** The next request's head, null when the client ended the connection between requests. Throws a Refusal. */
export const readRequestHead = async (source: ByteSource): Promise<RequestHead | null> => {
  const text = await readHead(source);
  if (text === null) return null;
  const [first = '', ...lines] = text.split('\r\n');
  const [, method, target, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined) throw badRequest('the request line is malformed');
  return { method, target, version: minor === '0' ? '1.0' : '1.1', headers: parseFields(lines) };
};

/** The next response's head, null when the engine closed instead of answering. */
export const readResponseHead = async (source: ByteSource): Promise<ResponseHead | null> => {
  const text = await readHead(source);
  if (text === null) return null;
  const [first = '', ...lines] = text.split('\r\n');
  const [, status] = STATUS_LINE.exec(first) ?? [];
  if (status === undefined) throw new ConnectionLost('the engine answered with something else than HTTP');
  return { status: Number(status), headers: parseFields(lines), raw: `${text}\r\n\r\n` };
};

export const writeRequestHead = (head: RequestHead): string =>
  [`${head.method} ${head.target} HTTP/${head.version}`, ...head.headers.map(([name, value]) => `${name}: ${value}`)]
    .concat('', '')
    .join('\r\n');

/** Every value of a field, names compared without case. */
export const fieldValues = (headers: Headers, name: string): readonly string[] =>
  headers.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);

/** The members of a comma-separated field, in lower case (RFC 9110 §5.6.1). */
export const fieldTokens = (headers: Headers, name: string): readonly string[] =>
  fieldValues(headers, name)
    .flatMap((value) => value.split(','))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');

export const withoutFields = (headers: Headers, names: readonly string[]): Headers =>
  headers.filter(([field]) => !names.includes(field.toLowerCase()));
