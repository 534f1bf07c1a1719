import net from 'node:net';
import { z } from 'zod';
import { QMP_DEADLINE } from '../deadlines.ts';
import { deferred, within, type Deferred } from '../deferred.ts';
import { createLineReader } from '../lines.ts';

/** A connection to QEMU's machine protocol monitor (QEMU docs, interop/qmp-spec). */
export interface Qmp {
  /** Runs one command; rejects with QEMU's own text, or when `deadline` milliseconds pass without an answer. */
  readonly execute: (command: string, args?: Readonly<Record<string, unknown>>, deadline?: number) => Promise<unknown>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  readonly close: () => void;
}

const GREETING = z.object({ QMP: z.object({ version: z.unknown() }) });
const MESSAGE = z.union([
  z.object({ event: z.string(), data: z.unknown().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({ return: z.unknown(), id: z.number() }),
]);

/** Longer than any answer of the commands used here. */
const MAX_LINE = 1_048_576;

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/**
 * Connects to the monitor's UNIX socket, takes the greeting and leaves negotiation mode. `onEvent` gets the name of
 * each asynchronous event. Rejects when nothing answers within `deadline` milliseconds.
 */
export const connectQmp = async (
  path: string,
  deadline: number = QMP_DEADLINE,
  onEvent: (name: string) => void = () => undefined,
): Promise<Qmp> => {
  const pending = new Map<number, Deferred<unknown>>();
  const greeting = deferred<void>();
  const closed = deferred<void>();
  let greeted = false;
  let lastId = 0;
  const socket = net.connect(path);

  const end = (error: Error) => {
    greeting.reject(error);
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    socket.destroy();
  };

  const onMessage = (message: z.infer<typeof MESSAGE>) => {
    if ('event' in message) return onEvent(message.event);
    const waiting = message.id === undefined ? undefined : pending.get(message.id);
    if (message.id === undefined || waiting === undefined) return;
    pending.delete(message.id);
    if ('error' in message) waiting.reject(new Error(`QEMU said: ${message.error.desc}`));
    else waiting.resolve(message.return);
  };

  const onLine = (line: string) => {
    if (line === '') return;
    const value = parse(line);
    if (!greeted) {
      if (!GREETING.safeParse(value).success) return end(new Error(`${path} does not speak QMP`));
      greeted = true;
      return greeting.resolve();
    }
    const message = MESSAGE.safeParse(value);
    if (!message.success) return end(new Error(`QEMU sent a QMP message that is not one, on ${path}`));
    onMessage(message.data);
  };

  const tooLong = () => end(new Error(`QEMU sent a QMP message of more than ${MAX_LINE} characters, on ${path}`));
  socket.on('data', createLineReader(MAX_LINE, onLine, tooLong));
  socket.on('error', end);
  socket.on('close', () => {
    end(new Error(`QEMU closed its monitor ${path}`));
    closed.resolve();
  });

  const execute: Qmp['execute'] = async (command, args = {}, limit = QMP_DEADLINE) => {
    if (socket.destroyed) throw new Error(`QEMU closed its monitor ${path}`);
    const id = (lastId += 1);
    const answer = deferred<unknown>();
    pending.set(id, answer);
    socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await within(answer.promise, limit, `QEMU's answer to ${command}`);
    } finally {
      pending.delete(id);
    }
  };

  try {
    await within(greeting.promise, deadline, `QEMU's greeting on ${path}`);
    await execute('qmp_capabilities', {}, deadline);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { execute, closed: closed.promise, close: () => socket.destroy() };
};
