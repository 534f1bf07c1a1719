import { describe, expect, it } from 'vitest';
import type { EngineState } from '../../shared/contract/engine.ts';
import { engineNotifications } from './engine-notifications.ts';

const since = '2026-01-01T00:00:00.000Z';
const failure = { code: 'ENGINE_FAILED', message: 'The VM did not boot.', remedy: 'See the log.' } as const;
const STATES: Readonly<Record<string, EngineState>> = {
  stopped: { kind: 'stopped', since },
  starting: { kind: 'starting', since, step: 'boot' },
  running: { kind: 'running', since },
  stopping: { kind: 'stopping', since, step: 'powerOff', forced: false },
  failed: { kind: 'failed', since, reason: { failure, step: 'boot', logPath: null } },
};

function titlesOf(kinds: string, isWanted = true): readonly string[] {
  const shown: string[] = [];
  const follow = engineNotifications({
    isWanted: () => isWanted,
    show: ({ title, body }) => shown.push(`${title}: ${body}`),
  });
  for (const kind of kinds.split(' ')) {
    const state = STATES[kind];
    if (state !== undefined) follow(state);
  }
  return shown;
}

const RESTARTED = 'The engine has restarted: It runs again, and so can your containers.';
const FAILED = 'The engine has failed: The VM did not boot. See the log.';

describe('engineNotifications', () => {
  it.each([
    ['stopped starting running', []],
    ['stopped starting running running stopping stopped', []],
    ['starting running stopping starting running', [RESTARTED]],
    ['starting failed', [FAILED]],
    ['starting failed failed', [FAILED]],
    ['starting running failed starting running', [FAILED, RESTARTED]],
    ['starting failed starting running', [FAILED]],
  ])('of "%s" are %j', (kinds, shown) => {
    expect(titlesOf(kinds)).toEqual(shown);
  });

  it('are none where they are not wanted', () => {
    expect(titlesOf('starting running stopping starting running failed', false)).toEqual([]);
  });
});
