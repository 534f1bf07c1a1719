import type { EngineState } from '../../shared/contract/engine.ts';
import { highestCost, type Change } from './changes.ts';
import { plural } from './plural.ts';

/** What the footer says and offers before Apply is pressed. */
export interface ApplyPlan {
  readonly text: string;
  readonly action: 'Apply' | 'Apply & restart';
  /** A VM restart follows, so the containers are reviewed first. */
  readonly restarts: boolean;
  readonly enabled: boolean;
}

function containersStop(running: number | null): string {
  if (running === null) return 'running containers stop';
  if (running === 0) return 'no container is running';
  return running === 1 ? '1 running container stops' : `${running} running containers stop`;
}

function restartPlan(count: string, state: EngineState, running: number | null): ApplyPlan {
  const restart = { action: 'Apply & restart', restarts: true, enabled: true } as const;
  switch (state.kind) {
    case 'running':
      return { ...restart, text: `${count} · the VM restarts, ${containersStop(running)}` };
    case 'failed':
      return { ...restart, text: `${count} · the VM starts again with it` };
    case 'stopped':
      return {
        text: `${count} · in force when the engine next starts`,
        action: 'Apply',
        restarts: false,
        enabled: true,
      };
    case 'preparing':
    case 'starting':
      return { ...restart, text: `${count} · can be applied once the engine has started`, enabled: false };
    case 'stopping':
      return { ...restart, text: `${count} · can be applied once the engine has stopped`, enabled: false };
  }
}

/**
 * Says what applying these changes does to the engine. `running` is the number of running containers, null while it is
 * not known.
 */
export function applyPlan(changes: readonly Change[], state: EngineState, running: number | null): ApplyPlan {
  const count = plural(changes.length, 'change');
  if (changes.length === 0) return { text: 'No changes', action: 'Apply', restarts: false, enabled: false };
  const cost = highestCost(changes);
  switch (cost) {
    case 'engineRestart':
      return restartPlan(count, state, running);
    case 'relaunch':
      return {
        text: `${count} · in force after Bulkhead is relaunched`,
        action: 'Apply',
        restarts: false,
        enabled: true,
      };
    case 'nothing':
      return { text: `${count} · nothing restarts`, action: 'Apply', restarts: false, enabled: true };
  }
}
