import { type Json, JsonSyntaxError, NULL, parseJson } from '../json/json.ts';
import { decode, type Shape, ShapeError } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { type Framing, readBody } from './body.ts';
import { fieldValues, type RequestHead } from './head.ts';
import type { ByteSource } from './stream.ts';

const MAX_JSON_BYTES = 4 * 1024 * 1024;

const tooLarge = (): Refusal => new Refusal(413, 'the request body is larger than 4 MiB');

/** The engine's own rule (moby api/server/httputils, CheckForJSON), which also keeps browsers' forms out. */
const assertJsonType = (head: RequestHead, framing: Framing): void => {
  const [type] = fieldValues(head.headers, 'content-type');
  if (type === undefined && framing.kind === 'length' && framing.bytes === 0) return;
  if (type?.split(';')[0]?.trim().toLowerCase() === 'application/json') return;
  throw new Refusal(400, `unsupported Content-Type header (${type ?? ''}): must be 'application/json'`);
};

/**
 * Reads a request's body whole and decodes it as the engine would (moby httputils.ReadJSON): null when it is empty by its
 * Content-Length. Throws a Refusal for what the engine would refuse and for more than 4 MiB.
 */
export const readJsonBody = async (
  head: RequestHead,
  framing: Framing,
  source: ByteSource,
  shape: Shape,
): Promise<Json | null> => {
  assertJsonType(head, framing);
  if (framing.kind === 'length' && framing.bytes > MAX_JSON_BYTES) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  await readBody(source, framing, async ({ data }) => {
    pieces.push(...data);
    size += data.reduce((sum, piece) => sum + piece.length, 0);
    if (size > MAX_JSON_BYTES) throw tooLarge();
  });
  if (size === 0) {
    if (framing.kind === 'length') return null;
    throw new Refusal(400, 'invalid JSON: got EOF while reading request body');
  }
  try {
    return decode(shape, parseJson(Buffer.concat(pieces))) ?? NULL;
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof ShapeError) {
      throw new Refusal(400, `invalid JSON: ${error.message}`);
    }
    throw error;
  }
};
