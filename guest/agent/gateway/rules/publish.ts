import { Refusal } from '../refusal.ts';
import { FORWARD, type Handler } from '../routes.ts';
import { startContainer } from './containers.ts';

/**
 * POST /containers/{name}/start: the host must be able to listen for the ports that the container publishes, and does so
 * before the client hears of success.
 */
const withPorts =
  (inner: Handler): Handler =>
  async (request, surroundings) => {
    const verdict = await inner(request, surroundings);
    const { ports } = surroundings;
    const refusal = await ports.reserve(request.name);
    if (refusal !== null) throw new Refusal(500, refusal);
    if (verdict.kind !== 'forward') return verdict;
    const beforeAnswer = async (): Promise<void> => {
      await verdict.beforeAnswer?.();
      await ports.started(request.name);
    };
    return { ...verdict, beforeAnswer };
  };

export const startPublishing: Handler = withPorts(startContainer);
export const startPlainPublishing: Handler = withPorts(async () => FORWARD);
