import type { EngineWarning } from '../../../shared/contract/engine.ts';
import { textOf } from '../failure.ts';
import type { EngineConfig } from '../port.ts';
import type { DockerSocket } from './socket.ts';

/** Where Docker clients look for an engine without TLS (IANA, service name docker). */
const DOCKER_API_PORT = 2375;

/**
 * Opens the host's port for clients that know no sockets, if the configuration asks for it. Without isolation only:
 * every program of the host can use it. The engine runs without it where the port is taken; the warning says so.
 */
export const exposeDockerApi = async (
  socket: DockerSocket,
  { exposeDockerApi: wanted, vm }: EngineConfig,
  port = DOCKER_API_PORT,
): Promise<readonly EngineWarning[]> => {
  if (!wanted || vm.isolation) return [];
  try {
    await socket.expose(port);
    return [];
  } catch (error) {
    return [
      {
        message: `The Docker API is not exposed on tcp://localhost:${port}: ${textOf(error)}.`,
        remedy: 'End the program that uses this port, then restart the engine.',
      },
    ];
  }
};
