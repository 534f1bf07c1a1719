import { describe, expect, it, vi } from 'vitest';
import { err, ok, type Result } from '../../shared/contract/result.ts';
import { createQuitting } from './quitting.ts';

function setUp() {
  let resolve = (_result: Result<null>): void => undefined;
  let reject = (_cause: Error): void => undefined;
  const stopped = new Promise<Result<null>>((onResult, onFailure) => {
    resolve = onResult;
    reject = onFailure;
  });
  const exit = vi.fn<() => void>();
  const onFault = vi.fn<(cause: unknown) => void>();
  const shutDown = vi.fn<() => Promise<Result<null>>>(() => stopped);
  const quitting = createQuitting({ shutDown, exit, onWaiting: () => undefined, onFault });
  return { resolve, reject, exit, onFault, shutDown, quitting };
}

describe('quitting', () => {
  it('waits for the engine', async () => {
    const { resolve, exit, quitting } = setUp();
    quitting.request();
    expect(exit).not.toHaveBeenCalled();
    resolve(ok(null));
    await expect.poll(() => exit).toHaveBeenCalledOnce();
  });

  it('does not wait when it is asked twice', () => {
    const { exit, shutDown, quitting } = setUp();
    quitting.request();
    quitting.request();
    expect(exit).toHaveBeenCalledOnce();
    expect(shutDown).toHaveBeenCalledOnce();
  });

  it('ends also when the engine cannot be stopped', async () => {
    for (const end of ['refuses', 'breaks'] as const) {
      const { resolve, reject, exit, onFault, quitting } = setUp();
      quitting.request();
      if (end === 'breaks') reject(new Error('broken'));
      else resolve(err({ code: 'ENGINE_FAILED', message: 'It hangs.', remedy: 'None.' }));
      await expect.poll(() => exit).toHaveBeenCalledOnce();
      expect(onFault).toHaveBeenCalledOnce();
    }
  });
});
