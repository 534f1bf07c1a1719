import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { AGENT_PORT, PSK_CIPHER, PSK_IDENTITIES } from '../../shared/contract/vm.ts';
import type { PskIdentity, VmConfig } from '../../shared/contract/vm.ts';
import { log } from './log.ts';

export interface DoorOptions {
  readonly keys: VmConfig['keys'];
  readonly control: (stream: Duplex) => void;
  readonly docker: (stream: Duplex) => void;
  readonly ports: (stream: Duplex) => void;
}

const isIdentity = (name: string): name is PskIdentity => PSK_IDENTITIES.some((identity) => identity === name);

/**
 * The VM's only network service. A peer proves with one of this boot's pre-shared keys (RFC 5489) who it is before a byte
 * reaches a service, so whoever else may reach the port can do nothing with it. Resolves when it listens.
 */
export const createDoor = (options: DoorOptions): Promise<void> => {
  const identities = new WeakMap<tls.TLSSocket, PskIdentity>();
  const server = tls.createServer({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: PSK_CIPHER,
    handshakeTimeout: 30_000,
    allowHalfOpen: true,
    pskCallback: (socket, identity) => {
      if (!isIdentity(identity)) return null;
      identities.set(socket, identity);
      return Buffer.from(options.keys[identity], 'hex');
    },
  });
  server.on('secureConnection', (socket) => {
    const identity = identities.get(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    if (identity === undefined) socket.destroy();
    else options[identity](socket);
  });
  server.on('tlsClientError', (error) => {
    log(`a connection was refused: ${error.message}`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(AGENT_PORT, '0.0.0.0', resolve);
  });
};
