import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type net from 'node:net';
import tls from 'node:tls';
import { PSK_CIPHER, PSK_IDENTITIES, type PskIdentity, type VmConfig } from '../../../shared/contract/vm.ts';

export const newKeys = (): VmConfig['keys'] => ({
  control: randomBytes(32).toString('hex'),
  docker: randomBytes(32).toString('hex'),
  ports: randomBytes(32).toString('hex'),
});

export type Services = Readonly<Record<PskIdentity, (stream: tls.TLSSocket) => void>>;

const isIdentity = (text: string): text is PskIdentity => PSK_IDENTITIES.some((identity) => identity === text);

/** The TLS server of an agent; what comes after the handshake is the services' business. */
export const serveAgent = async (keys: VmConfig['keys'], services: Services): Promise<tls.Server> => {
  const identities = new WeakMap<tls.TLSSocket, PskIdentity>();
  const options: tls.TlsOptions & { readonly allowHalfOpen: boolean } = {
    ciphers: PSK_CIPHER,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    allowHalfOpen: true,
    pskCallback: (socket, identity) => {
      if (!isIdentity(identity)) return null;
      identities.set(socket, identity);
      return Buffer.from(keys[identity], 'hex');
    },
  };
  const server = tls.createServer(options, (stream) => {
    const identity = identities.get(stream);
    if (identity === undefined) throw new Error('a handshake without an identity');
    stream.on('error', () => undefined);
    services[identity](stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

export const portOf = (server: net.Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP');
  return address.port;
};

/** Lets an HTTP handler answer the streams of a service. */
export const httpService = (handler: http.RequestListener): ((stream: tls.TLSSocket) => void) => {
  const server = http.createServer(handler);
  return (stream) => server.emit('connection', stream);
};
