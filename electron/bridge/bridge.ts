import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { z } from 'zod';
import { IPC_METHODS, type BulkheadApi, type IpcMethod } from '../../shared/contract/app.ts';
import { err, ok, type Failure } from '../../shared/contract/result.ts';
import { isPlainData } from '../../shared/control/plain-data.ts';
import type { Application } from '../app/port.ts';
import { channelOf, SNAPSHOT_CHANNEL } from './channels.ts';

/** The part of Electron's ipcMain that is used, so that tests can stand in for it. */
export interface IpcRegistry {
  readonly handle: (channel: string, listener: (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown) => void;
}

interface Parts {
  readonly ipc: IpcRegistry;
  readonly application: Application;
  /** Whether these contents belong to a window that the app made. */
  readonly isOwnWindow: (contents: WebContents) => boolean;
  readonly onFault: (cause: unknown) => void;
}

const PAGE_ORIGIN = 'app://ui';

type Handler = (application: Application, args: readonly unknown[]) => unknown;
type ApiHandlers = { readonly [M in IpcMethod]: Handler };

/** Pairs what a method takes with what it does, so that no handler can see an argument that was not parsed. */
const method =
  <M extends IpcMethod, A extends z.ZodTuple>(
    _name: M,
    parameters: A,
    run: (
      application: Application,
      ...args: z.output<A>
    ) => Awaited<ReturnType<BulkheadApi[M]>> | ReturnType<BulkheadApi[M]>,
  ): Handler =>
  (application, args) => {
    const parsed = parameters.safeParse(args);
    return parsed.success ? run(application, ...parsed.data) : err(unacceptable(parsed.error));
  };

const NONE = z.tuple([]);
const APPLY_OPTIONS = z.strictObject({ removeContainers: z.boolean() });

const HANDLERS: ApiHandlers = {
  getSnapshot: method('getSnapshot', NONE, (application) => ok(application.snapshot())),
  // Which keys there are and what they may hold is decided by the one door behind this.
  applySettings: method(
    'applySettings',
    z.tuple([z.record(z.string(), z.unknown()), APPLY_OPTIONS]),
    (application, patch, options) => application.applySettings(patch, options),
  ),
  resetSettings: method('resetSettings', z.tuple([z.array(z.string()).max(100)]), (application, keys) =>
    application.resetSettings(keys),
  ),
  startEngine: method('startEngine', NONE, (application) => application.startEngine()),
  stopEngine: method('stopEngine', NONE, (application) => application.stopEngine()),
  restartEngine: method('restartEngine', NONE, (application) => application.restartEngine()),
  cancelOperation: method('cancelOperation', NONE, (application) => application.cancelOperation()),
  verify: method('verify', NONE, (application) => application.verify()),
  deepVerify: method('deepVerify', NONE, (application) => application.deepVerify()),
  listContainers: method('listContainers', NONE, (application) => application.listContainers()),
  readLog: method('readLog', NONE, (application) => application.readLog()),
  dismissNotice: method('dismissNotice', z.tuple([z.string().max(200)]), (application, id) =>
    application.dismissNotice(id),
  ),
  quitAndRelaunch: method('quitAndRelaunch', NONE, (application) => application.quitAndRelaunch()),
  checkForUpdates: method('checkForUpdates', NONE, (application) => application.checkForUpdates()),
  openRelease: method('openRelease', NONE, (application) => application.openRelease()),
  dismissIntroduction: method('dismissIntroduction', NONE, (application) => application.dismissIntroduction()),
};

/**
 * Answers the window. Each call is checked in this order: who asks (a stranger gets an exception, as a bug or an attack
 * deserves no answer that could be mistaken for one), then whether the arguments are plain data of an acceptable size,
 * then their shape. Everything after that is answered with a Result.
 */
export function registerBridge({ ipc, application, isOwnWindow, onFault }: Parts): void {
  for (const name of IPC_METHODS) {
    ipc.handle(channelOf(name), (event, ...args) => {
      // A frame can navigate or vanish at the first await (Electron docs, WebFrameMain), so this stays synchronous.
      if (!isTrusted(event, isOwnWindow)) {
        onFault(new Error(`Refused ${name} from ${event.senderFrame?.url ?? 'a frame that is gone'}`));
        throw new Error('Refused: unknown sender.');
      }
      if (!isPlainData(args)) return err(TOO_MUCH);
      return HANDLERS[name](application, args);
    });
  }
}

function isTrusted(event: IpcMainInvokeEvent, isOwnWindow: Parts['isOwnWindow']): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.origin === PAGE_ORIGIN && isOwnWindow(event.sender);
}

/**
 * Sends the snapshot to the window after every change; changes of one turn of the event loop make one message.
 * The result stops it.
 */
export function pushSnapshots(application: Application, contents: () => WebContents | null): () => void {
  let scheduled = false;
  return application.subscribe(() => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      const target = contents();
      if (target !== null && !target.isDestroyed()) target.send(SNAPSHOT_CHANNEL, application.snapshot());
    });
  });
}

const TOO_MUCH: Failure = {
  code: 'INVALID',
  message: 'The request is too large or holds something other than plain data.',
  remedy: 'Send plain JSON values of at most 64 KiB.',
};

const unacceptable = (error: z.ZodError): Failure => {
  const [issue] = error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the arguments' : `argument ${issue.path.join('.')}`;
  return {
    code: 'INVALID',
    message: `The request was not understood: ${where}: ${issue?.message ?? 'invalid'}.`,
    remedy: 'Send the arguments that the method takes.',
  };
};
