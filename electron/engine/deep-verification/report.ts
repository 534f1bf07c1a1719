import path from 'node:path';
import type { DeepCheck, DeepCheckContext, DeepCheckProgress } from '../../../shared/contract/deep-check.ts';
import type { Verification } from '../../../shared/contract/engine.ts';
import { DEEP_CHECK_DEADLINE, DOCKER_DEADLINE } from '../deadlines.ts';
import { writeAtomically } from '../files.ts';
import { agentOf, type RunningVm } from '../session.ts';
import { deepCheck, isWithstood, versionsOf } from './deep-check.ts';

interface Parts {
  readonly running: RunningVm;
  readonly context: DeepCheckContext;
  /** Where the report goes. */
  readonly directory: string;
  readonly measure: () => Promise<Verification>;
  readonly now: () => string;
  readonly onProgress: (progress: DeepCheckProgress) => void;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Measures, attacks, and saves a report beside the engine's log. Nothing is attacked where isolation is off. */
export const makeReport = async (parts: Parts): Promise<DeepCheck> => {
  const { running, context, now, onProgress } = parts;
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(DEEP_CHECK_DEADLINE)]);
  const { connect } = agentOf(running);
  const image = running.probeImage;
  if (image === null) throw new Error('the VM has no probe image');

  const startedAt = now();
  const verification = await parts.measure();
  const engine = await versionsOf(connect, signal);
  const isOn = running.vm.config.vm.isolation;
  const results = isOn
    ? await deepCheck(connect, image, onProgress, signal, () => AbortSignal.timeout(DOCKER_DEADLINE))
    : [];
  const report = {
    ...context,
    verdict: isOn ? (verification.enforced && isWithstood(results) ? 'withstood' : 'failed') : 'isolationOff',
    startedAt,
    endedAt: now(),
    engine,
    image,
    accelerator: running.vm.accelerator,
    bootId: running.bootId,
    verification,
    results,
  } as const;
  return { ...report, savedAs: await save(report, parts) };
};

/** A report that cannot be saved is still a report. */
const save = async (report: Omit<DeepCheck, 'savedAs'>, { directory, log }: Parts): Promise<string | null> => {
  const file = path.join(directory, `deep-check-${report.startedAt.replaceAll(/[^0-9TZ]/gu, '')}.json`);
  try {
    await writeAtomically(file, `${JSON.stringify(report, null, 2)}\n`);
    return file;
  } catch (error) {
    log(`the report of the deep check could not be saved: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
};
