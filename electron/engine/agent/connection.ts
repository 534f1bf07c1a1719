import net from 'node:net';
import tls from 'node:tls';
import { PSK_CIPHER, type PskIdentity, type VmConfig } from '../../../shared/contract/vm.ts';
import { HANDSHAKE_DEADLINE } from '../deadlines.ts';
import { deferred, orAborted } from '../deferred.ts';

export interface AgentAddress {
  /** Port on 127.0.0.1 that QEMU forwards to the agent. */
  readonly port: number;
  readonly keys: VmConfig['keys'];
}

/** Opens a stream to one of the agent's services; it is half-open capable, as Docker's attach needs it. */
export type Connect = (identity: PskIdentity, signal?: AbortSignal) => Promise<tls.TLSSocket>;

/**
 * QEMU's user network listens with a backlog of one, and a connection that finds the queue full is tried again by the
 * kernel only after a second. So no more than this many are ever between connect and the end of their handshake.
 */
const MAX_HANDSHAKES = 2;

const dial = async (address: AgentAddress, identity: PskIdentity, signal: AbortSignal): Promise<tls.TLSSocket> => {
  signal.throwIfAborted();
  const socket = tls.connect({
    // Given here, since only a net.Socket can be told to stay half open.
    socket: net.connect({ host: '127.0.0.1', port: address.port, allowHalfOpen: true, noDelay: true }),
    ciphers: PSK_CIPHER,
    // The cipher exists in TLS 1.2 only (RFC 7905).
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    pskCallback: () => ({ identity, psk: Buffer.from(address.keys[identity], 'hex') }),
    // There are no certificates: the server proves with its Finished message that it has the key (RFC 4279).
    checkServerIdentity: () => undefined,
  });
  const ready = deferred<void>();
  socket.once('secureConnect', ready.resolve);
  socket.once('error', ready.reject);
  socket.once('close', () => ready.reject(new Error('The VM closed the connection during the handshake')));
  try {
    await orAborted(ready.promise, AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_DEADLINE)]));
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
  return socket;
};

/** Gives the way to the agent of one VM. The promises reject when the agent is not there or has other keys. */
export const createConnect = (address: AgentAddress): Connect => {
  let free = MAX_HANDSHAKES;
  const waiting: (() => void)[] = [];

  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    const turn = deferred<void>();
    waiting.push(turn.resolve);
    await turn.promise;
  };

  const leave = () => {
    const first = waiting.shift();
    if (first === undefined) free += 1;
    else first();
  };

  return async (identity, signal = new AbortController().signal) => {
    await enter();
    try {
      return await dial(address, identity, signal);
    } finally {
      leave();
    }
  };
};
