import type { EngineSnapshot, EngineState, Verification } from '../../shared/contract/engine.ts';
import { STEP_LABELS } from './steps.ts';

/** How a state looks; the words beside it always say the same. */
export type Tone = 'running' | 'idle' | 'busy' | 'failed';

export interface EngineHeadline {
  readonly tone: Tone;
  readonly title: string;
  /** The step under way or the one that failed. */
  readonly step: string | null;
}

export function engineHeadline(state: EngineState): EngineHeadline {
  switch (state.kind) {
    case 'running':
      return { tone: 'running', title: 'Engine running', step: null };
    case 'stopped':
      return { tone: 'idle', title: 'Engine stopped', step: null };
    case 'preparing':
    case 'starting':
      return { tone: 'busy', title: 'Engine starting', step: STEP_LABELS[state.step] };
    case 'stopping':
      return {
        tone: 'busy',
        title: state.forced ? 'Engine stopping by force' : 'Engine stopping',
        step: STEP_LABELS[state.step],
      };
    case 'failed': {
      const { step } = state.reason;
      return { tone: 'failed', title: 'Engine failed', step: step === null ? null : STEP_LABELS[step] };
    }
  }
}

/**
 * What was measured in the VM that runs now, or null. A measurement of an earlier boot, or of a VM that is going down,
 * says nothing about what is enforced.
 */
export function currentMeasurement(engine: EngineSnapshot): Verification | null {
  return engine.state.kind === 'running' && engine.eci.enforced !== null ? engine.verification : null;
}

/** The running VM was measured to be otherwise than the settings ask. */
export function isMismatched(engine: EngineSnapshot): boolean {
  const measured = currentMeasurement(engine);
  return measured !== null && measured.enforced !== engine.eci.configured;
}

export function isBusy(state: EngineState): boolean {
  return state.kind === 'preparing' || state.kind === 'starting' || state.kind === 'stopping';
}
