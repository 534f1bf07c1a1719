import { z } from 'zod';
import type { Attack } from '../../../shared/conformance/attack.ts';
import { ATTACKS } from '../../../shared/conformance/attacks/index.ts';
import { type AskEngine, cleanUp, createLab } from '../../../shared/conformance/lab.ts';
import { carryOut, type Finding } from '../../../shared/conformance/suite.ts';
import type { DeepCheckProgress, DeepCheckResult } from '../../../shared/contract/deep-check.ts';
import type { Connect } from '../agent/connection.ts';
import { requestOver } from '../agent/http.ts';
import { readable } from '../text.ts';

const API = '/v1.44';
const VERSION = z.object({ Version: z.string(), KernelVersion: z.string() });
/** As much of an observation as a report holds. */
const LONGEST = 2000;

/** Builds leave caches in the engine, and the rest of an attack may need more than busybox. */
const inUse = (attack: Attack): readonly Attack[] => {
  if (attack.safe !== true) return [];
  const { attempt } = attack;
  if (attempt.kind !== 'script') return [attack];
  const batches = attempt.batches.filter((batch) => batch !== 'build' && batch !== 'legacy build');
  return batches.length === 0 ? [] : [{ ...attack, attempt: { ...attempt, batches } }];
};

/** The attacks that change nothing on an engine in use, even where they succeed. */
export const SAFE_ATTACKS: readonly Attack[] = ATTACKS.flatMap(inUse);

const COUNT = SAFE_ATTACKS.reduce(
  (sum, { attempt }) => sum + (attempt.kind === 'script' ? attempt.batches.length : 1),
  0,
);

const askOver =
  (connect: Connect, signal: AbortSignal): AskEngine =>
  ({ method, path, body }) => {
    if (method === 'HEAD' || method === 'PUT') throw new Error(`${method} is no request of a safe attack`);
    return requestOver(connect, 'docker', { method, path: `${API}${path}`, body }, signal);
  };

const resultOf = ({ attack, door, observation, verdict }: Finding): DeepCheckResult => ({
  id: attack.id,
  title: attack.title,
  door,
  expected: attack.outcome,
  pattern: attack.expected.source,
  observation: readable(observation).slice(0, LONGEST),
  verdict,
});

/** Docker's version and the VM's kernel, as Docker says. */
export const versionsOf = async (
  connect: Connect,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly kernel: string }> => {
  const { body } = await askOver(connect, signal)({ method: 'GET', path: '/version' });
  const { Version, KernelVersion } = VERSION.parse(JSON.parse(Buffer.from(body).toString()));
  return { version: readable(Version), kernel: readable(KernelVersion) };
};

/**
 * Carries the safe attacks out on a running engine, with containers of `image`, and removes everything that it made, also
 * when it fails or is given up. Rejects when the engine cannot be asked.
 *
 * @param cleaningUp the signal for removing, which must outlive `signal`
 */
export const deepCheck = async (
  connect: Connect,
  image: string,
  onProgress: (progress: DeepCheckProgress) => void,
  signal: AbortSignal,
  cleaningUp: () => AbortSignal,
): Promise<readonly DeepCheckResult[]> => {
  const results: DeepCheckResult[] = [];
  onProgress({ done: 0, total: COUNT });
  // What an app that ended in the wrong moment left behind.
  await cleanUp(askOver(connect, signal));
  try {
    await carryOut(createLab(askOver(connect, signal), image), SAFE_ATTACKS, (finding) => {
      results.push(resultOf(finding));
      onProgress({ done: results.length, total: COUNT });
    });
  } finally {
    await cleanUp(askOver(connect, cleaningUp()));
  }
  return results;
};

/** Whether every attack ended as it should. */
export const isWithstood = (results: readonly DeepCheckResult[]): boolean =>
  results.length === COUNT && results.every(({ verdict }) => verdict === 'withstood');
