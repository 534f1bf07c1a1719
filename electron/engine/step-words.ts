import type { EngineStep } from '../../shared/contract/engine.ts';
import type { Failure } from '../../shared/contract/result.ts';
import type { Phase } from './lifecycle.ts';

interface Words {
  /** Completes "Bulkhead could not …". */
  readonly doing: string;
  /** Completes "… took longer than N s". */
  readonly subject: string;
  readonly remedy: string;
}

const WORDS: Readonly<Record<EngineStep, Words>> = {
  image: {
    doing: 'check the VM image',
    subject: 'Checking the VM image',
    remedy: 'Try again. If the disk is slow or failing, the same will happen again.',
  },
  accelerator: {
    doing: 'find out how to run the VM',
    subject: "Finding out whether this machine's virtualisation works",
    remedy: 'Try again. The engine log says how far it came.',
  },
  boot: {
    doing: 'boot the VM',
    subject: 'Booting the VM',
    remedy: 'Try again. The engine log, and the console log beside it, say how far the VM came.',
  },
  engine: {
    doing: 'start Docker Engine in the VM',
    subject: 'Starting Docker Engine in the VM',
    remedy: 'Try again. The console log beside the engine log says what Docker Engine was doing.',
  },
  verify: {
    doing: 'measure the isolation of containers',
    subject: 'Measuring the isolation with a probe container',
    remedy: 'The VM was stopped, since nothing is known of its isolation. Try again.',
  },
  containers: {
    doing: 'stop the containers',
    subject: 'Stopping the containers',
    remedy: 'The VM is powered off nevertheless.',
  },
  powerOff: {
    doing: 'power the VM off',
    subject: 'Powering the VM off',
    remedy: 'QEMU can only be in this state when the machine itself has a problem; restarting the machine helps.',
  },
};

type TransientPhase = Extract<Phase, { kind: 'preparing' | 'starting' | 'stopping' }>;

export const stepWords = (phase: TransientPhase): string => WORDS[phase.step].doing;

/** Why an operation ends when the deadline of `phase`, `limit` milliseconds, has passed. */
export const lateReason = (phase: TransientPhase, limit: number): Failure => {
  const { subject, remedy } = WORDS[phase.step];
  return { code: 'ENGINE_FAILED', message: `${subject} took longer than ${limit / 1000} s.`, remedy };
};
