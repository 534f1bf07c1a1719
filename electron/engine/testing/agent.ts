import type tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { AgentAddress } from '../agent/connection.ts';
import { newKeys, portOf, serveAgent, type Services } from './agent-server.ts';

const unused = (stream: tls.TLSSocket) => stream.destroy();

/** An agent with new keys that is gone when the test ends. */
export const startAgent = async (
  services: Partial<Services>,
): Promise<AgentAddress & { readonly server: tls.Server }> => {
  const keys = newKeys();
  const server = await serveAgent(keys, { control: unused, docker: unused, ports: unused, ...services });
  onTestFinished(() => {
    server.close();
  });
  return { port: portOf(server), keys, server };
};
