import { once } from 'node:events';
import net from 'node:net';

/** A port that was free on all addresses a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};
