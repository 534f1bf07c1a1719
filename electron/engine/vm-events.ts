import net from 'node:net';
import { z } from 'zod';
import type { VmEvent } from '../../shared/contract/vm.ts';
import { deferred, orAborted } from './deferred.ts';
import { engineError } from './failure.ts';
import { createLineReader } from './lines.ts';
import { readable } from './text.ts';

/** How far the guest says it is. It says so on a serial port that everything in the VM's root could write to. */
export interface VmEvents {
  /** Resolves when the guest has said `name`, now or before; rejects when it said that it failed. */
  readonly reached: (name: VmEvent['event'], signal: AbortSignal) => Promise<void>;
  /** The last reason that the guest gave for failing; null when it gave none. */
  readonly failure: () => string | null;
  readonly close: () => void;
}

const EVENT = z.discriminatedUnion('event', [
  z.object({ event: z.literal('userland') }),
  z.object({ event: z.literal('dataMounted') }),
  z.object({ event: z.literal('agentReady') }),
  z.object({ event: z.literal('engineReady') }),
  z.object({ event: z.literal('engineStopped') }),
  z.object({
    event: z.literal('failed'),
    step: z.string().transform(readable),
    message: z.string().transform(readable),
  }),
]);

const guestFailure = (words: string) =>
  engineError(`The VM could not start: ${words}.`, 'The console log beside the engine log says more.');

const MAX_LINE = 65_536;

/** The event in a line of the guest; null for anything else, which an older or newer guest may say. */
export const parseVmEvent = (line: string): VmEvent | null => {
  try {
    return EVENT.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
};

/** Listens to the guest's event port, QEMU's UNIX socket `path`. `onEvent` hears each event in order. */
export const listenVmEvents = async (path: string, onEvent: (event: VmEvent) => void): Promise<VmEvents> => {
  const seen = new Set<string>();
  let failure: string | null = null;
  let changed = deferred<void>();

  const onLine = (line: string) => {
    const event = parseVmEvent(line);
    if (event === null) return;
    seen.add(event.event);
    if (event.event === 'failed') failure = `${event.message} (step ${event.step})`;
    onEvent(event);
    changed.resolve();
    changed = deferred<void>();
  };

  const socket = net.connect(path);
  socket.on(
    'data',
    createLineReader(MAX_LINE, onLine, () => socket.destroy()),
  );
  // QEMU's end is noticed where its process is watched.
  socket.on('error', () => socket.destroy());
  const connected = deferred<void>();
  socket.once('connect', connected.resolve);
  socket.once('error', connected.reject);
  await connected.promise;

  return {
    reached: async (name, signal) => {
      while (!seen.has(name)) {
        if (failure !== null && name !== 'engineStopped') throw guestFailure(failure);
        await orAborted(changed.promise, signal);
      }
    },
    failure: () => failure,
    close: () => socket.destroy(),
  };
};
