import { isDeepStrictEqual } from 'node:util';
import { ok, type Result } from '../../shared/contract/result.ts';
import type { ControlEvent, ControlRequest } from '../../shared/control/protocol.ts';
import type { Application } from '../app/port.ts';

/** What the CLI may ask of the app beyond the application object. */
export interface ShellControl {
  /** Opens the window or brings it to the front; false where there is no display. */
  readonly showWindow: () => boolean;
  /** Begins to quit; with `force` without waiting for the engine. */
  readonly quit: (force: boolean) => void;
  readonly pid: number;
}

/** One client's connection, as an operation sees it. */
export interface Caller {
  readonly send: (event: ControlEvent) => void;
  /** Calls back once the client is gone. */
  readonly onGone: (listener: () => void) => void;
}

/** Carries out a request of the CLI through the same application object that the window uses. */
export function carryOut(
  request: ControlRequest,
  caller: Caller,
  application: Application,
  shell: ShellControl,
): Result<unknown> | Promise<Result<unknown>> {
  switch (request.method) {
    case 'snapshot':
      return ok(application.snapshot());
    case 'watch':
      watch(caller, application);
      return ok(application.snapshot());
    case 'showWindow':
      return ok({ shown: shell.showWindow() });
    case 'start':
      return begun(application, request.wait, application.startEngine);
    case 'stop':
      return begun(application, request.wait, application.stopEngine);
    case 'restart':
      return begun(application, request.wait, application.restartEngine);
    case 'apply': {
      const { removeContainers } = request;
      return begun(application, request.wait, () => application.applyPending({ removeContainers }), {
        changed: [],
        restarting: true,
      });
    }
    case 'changeSettings':
      return application.changeSettings(request.patch);
    case 'resetSettings':
      return application.resetSettings(request.keys);
    case 'explain':
      return application.explainSetting(request.key);
    case 'verify':
      return application.verify();
    case 'deepVerify':
      return application.deepVerify();
    case 'quit':
      // The answer has to be on its way before the process goes.
      setImmediate(() => shell.quit(request.force));
      return ok({ pid: shell.pid });
    case 'relaunch': {
      if (application.snapshot().quitting) return application.quitAndRelaunch();
      setImmediate(application.quitAndRelaunch);
      return ok({ pid: shell.pid });
    }
    case 'checkForUpdates':
      return application.checkForUpdates();
  }
}

function watch(caller: Caller, application: Application): void {
  let scheduled = false;
  const leave = application.subscribe(() => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      caller.send({ event: 'snapshot', snapshot: application.snapshot() });
    });
  });
  caller.onGone(leave);
}

/**
 * Without `wait`, answers `early` as soon as the engine's state changes: by then the operation was accepted and has
 * begun. An operation that ends before that is answered with its result.
 */
function begun<T>(
  application: Application,
  wait: boolean,
  operation: () => Promise<Result<T>>,
  early: unknown = null,
): Promise<Result<unknown>> {
  if (wait) return operation();
  const { state } = application.snapshot().engine;
  return new Promise((resolve) => {
    const leave = application.subscribe(() => {
      if (isDeepStrictEqual(application.snapshot().engine.state, state)) return;
      leave();
      resolve(ok(early));
    });
    void operation().then((result) => {
      leave();
      resolve(result);
    });
  });
}
