import type { Duplex } from 'node:stream';
import { type Framing, readBody, requestFraming, responseFraming, startVetted } from './http/body.ts';
import { chunk, lastChunk } from './http/chunked.ts';
import type { EngineSocket } from './http/engine-socket.ts';
import { asksFor, forwardedHead } from './http/forwarded-head.ts';
import {
  fieldTokens,
  fieldValues,
  readResponseHead,
  type RequestHead,
  type ResponseHead,
  writeRequestHead,
} from './http/head.ts';
import { readJsonBody } from './http/json-body.ts';
import { type ByteSource, ConnectionLost, send, unlessOver } from './http/stream.ts';
import { parseQuery, writeQuery } from './http/query.ts';
import { parseTarget, type Target } from './http/target.ts';
import { type Side, tunnel } from './http/tunnel.ts';
import { writeJson } from './json/json.ts';
import { Refusal } from './refusal.ts';
import type { MatchedRoute } from './match.ts';
import type { ApiRequest, Surroundings, Verdict } from './routes.ts';

export interface ExchangeContext {
  readonly client: Side<Duplex>;
  /** The connection to the engine that belongs to this client's; made when first needed. Throws a Refusal. */
  readonly connect: () => Promise<Side<EngineSocket>>;
  readonly match: (method: string, path: string) => MatchedRoute;
  readonly surroundings: Surroundings;
}

export type Outcome = 'keep' | 'close';

const NOT_VETTED = { bytes: 0, vet: (): void => undefined };

/** A refusal after which the client's connection can go on, because the request was read to its end. */
export class ReadRefusal extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** The engine closed instead of answering, or answered with something else than HTTP. */
const engineGone = (): Refusal =>
  new Refusal(502, 'the Docker Engine closed the connection before it answered; it may be restarting. Try again.');

const readAnswer = async (source: ByteSource): Promise<ResponseHead> => {
  try {
    const answer = await readResponseHead(source);
    if (answer !== null) return answer;
  } catch (error) {
    if (!(error instanceof ConnectionLost || error instanceof Refusal)) throw error;
  }
  throw engineGone();
};

/** Asks the route's handler. Its refusal keeps the connection when nothing of the request is left to be read. */
const judge = async (
  { client, surroundings }: ExchangeContext,
  { handle, name }: MatchedRoute,
  head: RequestHead,
  target: Target,
): Promise<Verdict> => {
  const framing = requestFraming(head);
  let unread = framing.kind !== 'length' || framing.bytes > 0;
  const request: ApiRequest = {
    method: head.method,
    path: target.path,
    name,
    query: parseQuery(target.query ?? ''),
    target: head.target,
    json: async (shape) => {
      if (unread && fieldTokens(head.headers, 'expect').includes('100-continue')) {
        await send(client.stream, 'HTTP/1.1 100 Continue\r\n\r\n');
      }
      const body = await readJsonBody(head, framing, client.source, shape);
      unread = false;
      return body;
    },
  };
  try {
    return await handle(request, surroundings);
  } catch (error) {
    throw error instanceof Refusal && !unread ? new ReadRefusal(error) : error;
  }
};

/** Types of a body that Go's Request.ParseForm, which the engine calls on every request, reads parameters from. */
const FORM_TYPES: ReadonlySet<string> = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);

/**
 * The engine takes parameters from a form in preference to those of the query, so that a rule about the query could be got
 * round. No route of Docker's is documented to take a form.
 */
const refuseForms = (head: RequestHead, framing: Framing): void => {
  if (framing.kind === 'length' && framing.bytes === 0) return;
  const isForm = fieldValues(head.headers, 'content-type').some((type) =>
    FORM_TYPES.has((type.split(';')[0] ?? '').trim().toLowerCase()),
  );
  if (isForm) throw new Refusal(415, 'a form is not taken as the body of a request to Docker');
};

/** What is sent on in place of the target: the path as it was understood, and the query that the route's handler wants. */
const forwardedTarget = ({ fullPath, query }: Target, verdict: Verdict): string => {
  const sent = verdict.query === undefined ? (query ?? '') : writeQuery(verdict.query);
  return sent === '' ? fullPath : `${fullPath}?${sent}`;
};

/** A request with what was decided on it. */
interface Decided {
  readonly head: RequestHead;
  readonly framing: Framing;
  readonly target: Target;
  readonly matched: MatchedRoute;
  readonly verdict: Verdict;
}

/**
 * Carries one request to the engine and its answer back. `close`: the connection can't be used for another. Throws a Refusal
 * while the client has had no part of an answer, ConnectionLost after.
 */
export const exchange = async (context: ExchangeContext, head: RequestHead): Promise<Outcome> => {
  const framing = requestFraming(head);
  const target = parseTarget(head.method, head.target);
  refuseForms(head, framing);
  const matched = context.match(head.method, target.path);
  const verdict = await judge(context, matched, head, target);
  let engine: Side<EngineSocket> | null = null;
  try {
    engine = await context.connect();
    return await carry(context.client, engine, { head, framing, target, matched, verdict });
  } catch (error) {
    // An engine that is still at it stops when it can neither read nor write.
    if (verdict.release !== undefined) engine?.stream.destroy();
    throw error;
  } finally {
    verdict.answered?.();
    await verdict.release?.();
  }
};

/** Sends the answer's body on. With `release`, its last piece only after that has run. */
const sendBody = async (
  { source }: Side<EngineSocket>,
  client: Side<Duplex>,
  framing: Framing,
  release: (() => Promise<void>) | undefined,
): Promise<void> => {
  if (release === undefined) {
    await readBody(source, framing, ({ raw }) => send(client.stream, raw));
    return;
  }
  let held: Buffer = Buffer.alloc(0);
  await readBody(source, framing, async ({ raw }) => {
    if (held.length > 0) await send(client.stream, held);
    held = raw;
  });
  await release();
  if (held.length > 0) await send(client.stream, held);
};

const MAX_SHOWN_BYTES = 1024 * 1024;

/** An answer's body, read whole. Throws a Refusal when it is too long. */
const readShown = async (
  source: ByteSource,
  framing: Framing,
): Promise<{ readonly raw: Buffer; readonly data: Buffer }> => {
  const raw: Buffer[] = [];
  const data: Buffer[] = [];
  let size = 0;
  await readBody(source, framing, async (piece) => {
    raw.push(piece.raw);
    data.push(...piece.data);
    size += piece.raw.length;
    if (size > MAX_SHOWN_BYTES) throw new Refusal(502, 'the answer of the Docker Engine is too long');
  });
  return { raw: Buffer.concat(raw), data: Buffer.concat(data) };
};

/** Whether the connection can take another request after this answer. */
const finished = async (
  answer: ResponseHead,
  framing: Framing,
  engine: Side<EngineSocket>,
  uploaded: Promise<boolean>,
): Promise<Outcome> => {
  const complete = await unlessOver(engine.source, uploaded, false);
  const lastAnswer = framing.kind === 'untilClose' || fieldTokens(answer.headers, 'connection').includes('close');
  return complete && !lastAnswer ? 'keep' : 'close';
};

const carry = async (client: Side<Duplex>, engine: Side<EngineSocket>, decided: Decided): Promise<Outcome> => {
  const { head, framing, target, matched, verdict } = decided;
  const upgrade = asksFor(head, matched.upgrade);
  const replacement = verdict.kind === 'replace' ? Buffer.from(writeJson(verdict.body), 'utf8') : null;
  await send(
    engine.stream,
    writeRequestHead(
      forwardedHead(head, forwardedTarget(target, verdict), { upgrade, bodyBytes: replacement?.length ?? null }),
    ),
  );
  const toEngine = async (bytes: Buffer | string): Promise<void> => {
    if (!engine.stream.deaf) await send(engine.stream, bytes);
  };
  const upload = async (): Promise<void> => {
    if (replacement !== null) return toEngine(replacement);
    const { bytes, vet } = (verdict.kind === 'forward' ? verdict.vetStart : undefined) ?? NOT_VETTED;
    const sink = startVetted(bytes, vet, (piece) => toEngine(framing.kind === 'chunked' ? chunk(piece) : piece));
    const trailers = await readBody(client.source, framing, async ({ data }) => {
      for (const piece of data) await sink.take(piece);
    });
    await sink.end();
    if (framing.kind === 'chunked') await toEngine(lastChunk(trailers));
  };
  let malformed: Refusal | null = null;
  const uploaded = upload().then(
    () => true,
    (error: unknown) => {
      if (error instanceof ConnectionLost) {
        // An engine that sees its request cut says so, or stops; either is the client's to hear.
        engine.stream.end();
      } else {
        malformed = error instanceof Refusal ? error : new Refusal(500, String(error));
        engine.stream.destroy();
      }
      return false;
    },
  );

  // A client that has ended its half has hung up, for the engine too, unless the connection has become a stream.
  let mayBecomeStream = matched.upgrade !== null;
  let isUploaded = false;
  const passOnHangUp = (): void => {
    if (!mayBecomeStream && isUploaded && client.source.isExhausted) engine.stream.end();
  };
  const callOff = client.source.onOver(passOnHangUp);
  void uploaded.then(() => {
    isUploaded = true;
    passOnHangUp();
  });

  let answer: ResponseHead;
  try {
    answer = await readAnswer(engine.source);
    while (answer.status < 200 && answer.status !== 101) {
      await send(client.stream, answer.raw);
      answer = await readAnswer(engine.source);
    }
  } catch (error) {
    throw malformed ?? error;
  }
  verdict.answered?.();
  if (answer.status === 101 && !upgrade) {
    engine.stream.destroy();
    throw new Refusal(502, 'the Docker Engine switched to a protocol that was not asked for');
  }
  if (answer.status < 400) await verdict.beforeAnswer?.();

  const answerFraming = responseFraming(head.method, answer);
  const hijacked = matched.upgrade === 'tcp' && answer.status === 200 && answerFraming.kind === 'untilClose';
  try {
    if (verdict.kind === 'replace' && verdict.shownAnswer !== undefined && answer.status < 300) {
      const body = await readShown(engine.source, answerFraming);
      await verdict.shownAnswer(body.data);
      await verdict.release?.();
      await send(client.stream, Buffer.concat([Buffer.from(answer.raw, 'latin1'), body.raw]));
      return finished(answer, answerFraming, engine, uploaded);
    }
    if (answerFraming.kind === 'length' && answerFraming.bytes === 0) await verdict.release?.();
    await send(client.stream, answer.raw);
    if (answer.status === 101 || hijacked) {
      await tunnel(client, engine, uploaded);
      return 'close';
    }
    mayBecomeStream = false;
    passOnHangUp();
    await sendBody(engine, client, answerFraming, verdict.release);
  } catch (error) {
    // The client has part of an answer, so the cut connection is all that can tell it.
    throw error instanceof Refusal ? new ConnectionLost(`the engine's answer is malformed: ${error.message}`) : error;
  } finally {
    callOff();
  }
  return finished(answer, answerFraming, engine, uploaded);
};
