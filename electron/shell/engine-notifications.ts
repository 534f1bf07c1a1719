import type { EngineState } from '../../shared/contract/engine.ts';

export interface OsNotification {
  readonly title: string;
  readonly body: string;
}

interface Parts {
  /** Notifications are wanted, and nobody has the window in front to see for himself. */
  readonly isWanted: () => boolean;
  readonly show: (notification: OsNotification) => void;
}

/**
 * Takes the engine's states one after the other and shows a notification when it has failed, or runs again after it ran
 * before. The first start is not worth one: whoever starts Bulkhead expects it.
 */
export function engineNotifications({ isWanted, show }: Parts): (state: EngineState) => void {
  let last: EngineState['kind'] = 'stopped';
  let hasRun = false;
  return (state) => {
    if (state.kind === last) return;
    last = state.kind;
    const notification = newsOf(state, hasRun);
    hasRun ||= state.kind === 'running';
    if (notification !== null && isWanted()) show(notification);
  };
}

function newsOf(state: EngineState, hasRun: boolean): OsNotification | null {
  switch (state.kind) {
    case 'failed': {
      const { message, remedy } = state.reason.failure;
      return { title: 'The engine has failed', body: `${message} ${remedy}` };
    }
    case 'running':
      return hasRun ? { title: 'The engine has restarted', body: 'It runs again, and so can your containers.' } : null;
    case 'stopped':
    case 'preparing':
    case 'starting':
    case 'stopping':
      return null;
  }
}
