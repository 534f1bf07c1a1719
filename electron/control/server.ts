import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { err, type Failure, type Result } from '../../shared/contract/result.ts';
import { lineSplitter } from '../../shared/control/lines.ts';
import { isPlainData, REQUEST_LIMITS } from '../../shared/control/plain-data.ts';
import {
  CONTROL_REQUEST,
  type ControlAnswer,
  type ControlEvent,
  type ControlRequest,
} from '../../shared/control/protocol.ts';
import { assertSocketPathFits, ensurePrivateDirectory, isErrno } from '../shell/private-directory.ts';
import { allowance } from './allowance.ts';
import type { Caller } from './operations.ts';

const MOST_CONNECTIONS = 32;
const MOST_UNANSWERED = 8;
const BURST = 100;
const PER_SECOND = 50;
/** A client that does not read what it asked for is cut off at this many bytes. */
const MOST_UNREAD = 4 * 1024 * 1024;

export type Answering = (request: ControlRequest, caller: Caller) => Result<unknown> | Promise<Result<unknown>>;

interface Parts {
  readonly socketPath: string;
  readonly uid: number;
  readonly answer: Answering;
  readonly onFault: (cause: unknown) => void;
}

export interface ControlServer {
  /** Removes the socket and cuts every connection. */
  readonly close: () => void;
}

/** Another process answers on the control socket. */
export class ControlSocketTakenError extends Error {
  override readonly name = 'ControlSocketTakenError';
}

/**
 * Listens for the CLI on a UNIX socket that only its owner can connect to: mode 0600 in a directory that is checked to
 * be 0700 and the owner's (connect(2) needs search permission on the directory and, on Linux, write permission on the
 * socket). A socket that an app left behind when it was killed is replaced; one that somebody answers is not.
 * @throws UnsafeDirectoryError, ControlSocketTakenError
 */
export async function listenForControl({ socketPath, uid, answer, onFault }: Parts): Promise<ControlServer> {
  assertSocketPathFits(socketPath);
  ensurePrivateDirectory(path.dirname(socketPath), uid);
  await removeStaleSocket(socketPath);
  const connections = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serve(socket, answer, onFault);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  server.on('error', onFault);
  chmodSync(socketPath, 0o600);
  return {
    close: () => {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

async function removeStaleSocket(socketPath: string): Promise<void> {
  const found = lstatSync(socketPath, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new ControlSocketTakenError(`${socketPath} exists and is not a socket.`);
  if (await isAnswered(socketPath)) throw new ControlSocketTakenError(`Another Bulkhead answers on ${socketPath}.`);
  unlinkSync(socketPath);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = net.connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (cause) => {
      if (isErrno(cause, 'ECONNREFUSED') || isErrno(cause, 'ENOENT')) resolve(false);
      else reject(cause);
    });
  });
}

function serve(socket: net.Socket, answer: Answering, onFault: (cause: unknown) => void): void {
  const split = lineSplitter(REQUEST_LIMITS.characters);
  const mayAsk = allowance(BURST, PER_SECOND, () => performance.now());
  let unanswered = 0;
  const send = (message: ControlAnswer | ControlEvent): void => {
    if (socket.destroyed) return;
    socket.write(`${JSON.stringify(message)}\n`);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  };
  const caller: Caller = {
    send,
    onGone: (listener) => {
      socket.once('close', listener);
    },
  };

  const handle = async (line: string): Promise<void> => {
    const { id, request } = parse(line);
    if (!request.ok) return send({ id, result: request });
    if (unanswered >= MOST_UNANSWERED || !mayAsk()) return send({ id, result: err(TOO_MANY) });
    unanswered += 1;
    try {
      send({ id, result: await answer(request.value, caller) });
    } catch (cause) {
      onFault(cause);
      send({ id, result: err(BROKEN) });
    } finally {
      unanswered -= 1;
    }
  };

  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const line of split(chunk.toString())) void handle(line);
    } catch {
      socket.end(`${JSON.stringify({ id: null, result: err(TOO_LONG) } satisfies ControlAnswer)}\n`);
    }
  });
}

const NUMBERED = z.object({ id: z.int().nonnegative() });

function parse(line: string): { readonly id: number | null; readonly request: Result<ControlRequest> } {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return { id: null, request: err(notUnderstood('the line is not JSON')) };
  }
  const numbered = NUMBERED.safeParse(data);
  const id = numbered.success ? numbered.data.id : null;
  if (!isPlainData(data)) return { id, request: err(notUnderstood('it is too large or reaches a prototype')) };
  const parsed = CONTROL_REQUEST.safeParse(data);
  if (parsed.success) return { id, request: { ok: true, value: parsed.data } };
  const [issue] = parsed.error.issues;
  return { id, request: err(notUnderstood(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)) };
}

const notUnderstood = (why: string): Failure => ({
  code: 'INVALID',
  message: `The request was not understood: ${why}.`,
  remedy: 'Use the bulkhead command of the same version as the app.',
});
const TOO_LONG: Failure = {
  code: 'INVALID',
  message: `A request may have at most ${REQUEST_LIMITS.characters} characters.`,
  remedy: 'Send less at once.',
};
const TOO_MANY: Failure = {
  code: 'BUSY',
  message: 'Too many requests at once.',
  remedy: 'Wait for the answers, then ask again.',
};
const BROKEN: Failure = {
  code: 'INTERNAL',
  message: 'Bulkhead made a mistake while it carried out the request.',
  remedy: "See the app's log for the details, and report it.",
};
