import { randomBytes } from 'node:crypto';
import type { Verification } from '../../../shared/contract/engine.ts';
import { DOCKER_DEADLINE, STEP_DEADLINES } from '../deadlines.ts';
import { readable } from '../text.ts';
import { PROBE_LABEL, PROBE_NAME, type Docker } from './api.ts';
import { isIsolated, normaliseUidMap } from './uid-map.ts';

/**
 * Runs a container of `image` that prints the uid_map it has, and reads what Docker says of its runtime. The container
 * is removed in every case. Rejects when nothing could be measured, which is not the same as a measurement.
 */
export const probe = async (
  docker: Docker,
  image: string,
  now: () => string,
  outer: AbortSignal,
): Promise<Verification> => {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(STEP_DEADLINES.verify)]);
  const container = {
    Image: image,
    Cmd: ['cat', '/proc/self/uid_map'],
    Labels: { [PROBE_LABEL]: 'true' },
    HostConfig: { NetworkMode: 'none' },
  };
  for (const leftover of await docker.listProbes(signal)) await docker.remove(leftover, 0, signal);
  const id = await docker.create(`${PROBE_NAME}${randomBytes(6).toString('hex')}`, container, signal);
  try {
    await docker.start(id, signal);
    const code = await docker.wait(id, signal);
    const output = await docker.logs(id, signal);
    if (code !== 0) throw new Error(`the probe container ended with code ${code}: ${readable(output)}`);
    const uidMap = normaliseUidMap(output).slice(0, 1000);
    const { runtime } = await docker.inspect(id, signal);
    return { enforced: isIsolated(uidMap), uidMap, runtime, measuredAt: now() };
  } finally {
    // Not with the caller's signal: the container must also go when the caller has given up.
    await docker.remove(id, 0, AbortSignal.timeout(DOCKER_DEADLINE)).catch(() => undefined);
  }
};
