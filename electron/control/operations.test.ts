import { describe, expect, it, vi } from 'vitest';
import { err, ok, type Failure, type Result } from '../../shared/contract/result.ts';
import type { Application } from '../app/port.ts';
import { carryOut, type Caller, type ShellControl } from './operations.ts';

const BUSY: Failure = { code: 'BUSY', message: 'Busy.', remedy: 'Wait.' };

function setUp() {
  let state = 'stopped';
  const listeners = new Set<() => void>();
  let finish = (_result: Result<null>): void => undefined;
  const application = {
    snapshot: () => ({ engine: { state: { kind: state } } }),
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    startEngine: () =>
      new Promise<Result<null>>((resolve) => {
        finish = resolve;
      }),
  } as unknown as Application;
  const caller: Caller = { send: vi.fn<Caller['send']>(), onGone: vi.fn<Caller['onGone']>() };
  const shell: ShellControl = { showWindow: () => false, quit: vi.fn<ShellControl['quit']>(), pid: 7 };
  return {
    ask: (request: Parameters<typeof carryOut>[0]) => Promise.resolve(carryOut(request, caller, application, shell)),
    enter: (kind: string) => {
      state = kind;
      for (const listener of listeners) listener();
    },
    finish: (result: Result<null>) => finish(result),
    listeners,
    caller,
    shell,
  };
}

describe('an operation without waiting', () => {
  it('is answered as soon as the engine moves', async () => {
    const { ask, enter, listeners } = setUp();
    const answer = ask({ id: 1, method: 'start', wait: false });
    enter('stopped');
    enter('preparing');
    expect(await answer).toEqual(ok(null));
    expect(listeners.size).toBe(0);
  });

  it('is answered with its refusal', async () => {
    const { ask, finish, listeners } = setUp();
    const answer = ask({ id: 1, method: 'start', wait: false });
    finish(err(BUSY));
    expect(await answer).toEqual(err(BUSY));
    expect(listeners.size).toBe(0);
  });
});

describe('watching', () => {
  it('sends one snapshot for the changes of a turn and ends with the caller', async () => {
    const { ask, enter, caller, listeners } = setUp();
    await ask({ id: 1, method: 'watch' });
    enter('preparing');
    enter('starting');
    await expect.poll(() => caller.send).toHaveBeenCalledOnce();
    const leave = vi.mocked(caller.onGone).mock.lastCall?.[0];
    leave?.();
    expect(listeners.size).toBe(0);
  });
});

describe('quitting', () => {
  it('is answered first', async () => {
    const { ask, shell } = setUp();
    expect(await ask({ id: 1, method: 'quit', force: false })).toEqual(ok({ pid: 7 }));
    await expect.poll(() => shell.quit).toHaveBeenCalledWith(false);
  });
});
