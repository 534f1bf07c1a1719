import { lstatSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { assertPrivateDirectory, isErrno } from '../electron/shell/private-directory.ts';
import type { AppSnapshot } from '../shared/contract/app.ts';
import { err, type Failure, type Result } from '../shared/contract/result.ts';
import { lineSplitter } from '../shared/control/lines.ts';
import { controlMessage, LONGEST_LINE, type ControlCall, type ControlValues } from '../shared/control/protocol.ts';

/** A connection to the running app. */
export interface Connection {
  /** Asks and waits for the answer, however long that takes; a lost connection is an answer too. */
  readonly call: <C extends ControlCall>(call: C) => Promise<Result<ControlValues[C['method']]>>;
  /** Calls back with every snapshot that the app sends on its own, after a `watch`. */
  readonly onSnapshot: (listener: (snapshot: AppSnapshot) => void) => void;
  /** Resolves when the connection has ended, from whichever side. */
  readonly ended: Promise<void>;
  readonly close: () => void;
}

/**
 * Connects to the app that listens on `socketPath`; null when none does. The socket is used only in a directory that
 * belongs to `uid` alone, so that nobody else can pose as the app.
 * @throws UnsafeDirectoryError, and what connect(2) throws when an app is there but cannot be reached
 */
export async function connect(socketPath: string, uid: number): Promise<Connection | null> {
  if (lstatSync(socketPath, { throwIfNoEntry: false }) === undefined) return null;
  assertPrivateDirectory(path.dirname(socketPath), uid);
  const socket = net.connect(socketPath);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } catch (cause) {
    if (isErrno(cause, 'ECONNREFUSED') || isErrno(cause, 'ENOENT')) return null;
    throw cause;
  }
  return converse(socket);
}

function converse(socket: net.Socket): Connection {
  const waiting = new Map<number, (message: unknown) => void>();
  const listeners = new Set<(snapshot: AppSnapshot) => void>();
  const split = lineSplitter(LONGEST_LINE);
  const frame = controlMessage<unknown>();
  let lastId = 0;
  let isOver = false;

  const receive = (line: string): void => {
    const data: unknown = JSON.parse(line);
    const message = frame.parse(data);
    if ('event' in message) {
      for (const listener of listeners) listener(message.snapshot);
      return;
    }
    if (message.id === null) return;
    waiting.get(message.id)?.(data);
    waiting.delete(message.id);
  };

  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const line of split(chunk.toString())) receive(line);
    } catch {
      socket.destroy();
    }
  });
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOver = true;
      for (const [id, answer] of waiting) answer({ id, result: err(LOST) });
      waiting.clear();
      resolve();
    });
  });

  return {
    call: <C extends ControlCall>(call: C) => {
      if (isOver) return Promise.resolve(err(LOST));
      lastId += 1;
      const id = lastId;
      return new Promise<Result<ControlValues[C['method']]>>((resolve) => {
        waiting.set(id, (data) => {
          const message = controlMessage<ControlValues[C['method']]>().parse(data);
          resolve('event' in message ? err(LOST) : message.result);
        });
        socket.write(`${JSON.stringify({ id, ...call })}\n`);
      });
    },
    onSnapshot: (listener) => {
      listeners.add(listener);
    },
    ended,
    close: () => socket.destroy(),
  };
}

const LOST: Failure = {
  code: 'NOT_RUNNING',
  message: 'Bulkhead ended, or broke off, before it answered.',
  remedy: 'Look at its log, then run: bulkhead start',
};
