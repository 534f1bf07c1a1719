import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import { PLACES } from './containers.ts';
import type { Call, Isolation } from './create.ts';
import { createIsolation } from './create.ts';
import { isEngine, isNamed, readMachine } from './machine.ts';
import { parseMountinfo } from './mountinfo.ts';
import type { Answer } from './plan.ts';
import { encodeAnswer } from './plan.ts';

const SOCKET = '/run/bulkhead/runtime.sock';
/** argv of a process is at most 2 MiB on Linux (execve(2)); a runtime's is far below, and so are a container's limits. */
const LARGEST_REQUEST = 256 * 1024;
/**
 * The front sends its request at once, but on an emulated VM that starts dozens of containers neither it nor this process may get
 * its turn for many seconds. Whatever else connects, and only root of the VM can, does not hold a connection for ever.
 */
const REQUEST_DEADLINE_MS = 120_000;

/** Stands for a standard input of which nothing was read. */
const NO_INPUT = '-';

/**
 * A request is the working directory, what was read from the standard input or `-`, and argv, each ended by NUL, and an
 * empty item at the end. The front does not close its half of the connection, so that its end tells when the runtime has
 * exited. Returns null while the request is not complete, and throws for what can never be one.
 */
export const parseRequest = (bytes: Buffer): Call | null => {
  const isComplete = bytes.length >= 2 && bytes.at(-1) === 0 && bytes.at(-2) === 0;
  if (!isComplete) {
    if (bytes.length > LARGEST_REQUEST || bytes.includes('\0\0'))
      throw new Error('the request of the runtime is malformed');
    return null;
  }
  const [cwd, input, ...argv] = bytes.subarray(0, -2).toString('utf8').split('\0');
  if (cwd === undefined || !cwd.startsWith('/') || input === undefined || argv.length === 0) {
    throw new Error('the request of the runtime is malformed');
  }
  if (input === '' || argv.includes('')) throw new Error('the request of the runtime is malformed');
  return { argv, cwd, input: input === NO_INPUT ? null : input };
};

const serve = (socket: Socket, isolation: Isolation, sealed: Promise<void>, log: (line: string) => void): void => {
  let received = Buffer.alloc(0);
  const deadline = setTimeout(() => socket.destroy(), REQUEST_DEADLINE_MS);
  socket.once('close', () => clearTimeout(deadline));
  socket.on('error', (error) => log(`the runtime's connection failed: ${error.message}`));

  const answer = (value: Answer): void => {
    socket.write(encodeAnswer(value));
  };
  const refuse = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    log(message);
    answer({ kind: 'deny', message });
  };

  const decide = (call: Call): void => {
    // The front may have been killed meanwhile; nothing is begun for it then.
    if (socket.destroyed) return;
    const { answer: decided, ended } = isolation.decide(call);
    if (ended !== null) socket.once('close', ended);
    answer(decided);
  };

  const receive = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    try {
      const request = parseRequest(received);
      if (request === null) return;
      clearTimeout(deadline);
      socket.off('data', receive);
      // The end of the connection is noticed only while it is being read.
      socket.resume();
      sealed.then(() => decide(request)).catch(refuse);
    } catch (error) {
      socket.off('data', receive);
      refuse(error);
    }
  };
  socket.on('data', receive);
};

/** A server that puts what the front asks to `isolation`, but not before `sealed`. It does not listen yet. */
export const createRuntimeServer = (isolation: Isolation, sealed: Promise<void>, log: (line: string) => void): Server =>
  createServer((socket) => serve(socket, isolation, sealed, log));

const listen = async (server: Server, socket: string): Promise<void> => {
  const directory = path.dirname(socket);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  rmSync(socket, { force: true });
  server.listen(socket);
  await once(server, 'listening');
  chmodSync(socket, 0o600);
};

/**
 * Answers the runtime front: every start of a container in the VM is decided here. Rejects when the socket cannot be made.
 * `log` gets a line for each refusal.
 */
export const startRuntimeSocket = async (options: {
  readonly isolation: boolean;
  /** The Docker socket that a container, by its id, was given; null for none. */
  readonly dockerSocketOf: (id: string) => string | null;
  /** Resolves when the VM is fit for containers; until then whoever asks waits. */
  readonly sealed: Promise<void>;
  /** Devices of the directories that the host shares. */
  readonly shares: ReadonlySet<string>;
  readonly log: (line: string) => void;
}): Promise<{ readonly close: () => Promise<void> }> => {
  mkdirSync(PLACES.containers, { recursive: true });
  chmodSync(PLACES.containers, 0o711);
  const isolation = createIsolation({
    isolation: options.isolation,
    shares: options.shares,
    places: PLACES,
    readMountinfo: () => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')),
    readMachine,
    isEngine,
    isNamed,
    dockerSocketOf: options.dockerSocketOf,
    now: () => performance.now(),
    log: options.log,
  });
  const server = createRuntimeServer(isolation, options.sealed, options.log);
  await listen(server, SOCKET);
  return {
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};
