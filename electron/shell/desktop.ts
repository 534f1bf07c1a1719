import { cpus, homedir, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  powerMonitor,
  session,
  shell,
} from 'electron';
import type { Result } from '../../shared/contract/result.ts';
import type { HostResources } from '../../shared/contract/app.ts';
import { createApplication } from '../app/application.ts';
import type { Application } from '../app/port.ts';
import { pushSnapshots, registerBridge } from '../bridge/bridge.ts';
import { carryOut } from '../control/operations.ts';
import { listenForControl } from '../control/server.ts';
import type { Engine } from '../engine/port.ts';
import type { Host } from '../settings/engine-config.ts';
import { realPath } from '../settings/real-path.ts';
import { confineEverything } from './confinement.ts';
import { engineNotifications } from './engine-notifications.ts';
import { relaunchArguments } from './launch-arguments.ts';
import type { Log } from './log.ts';
import { ENGINE_ITEMS, enabledItems, menuTemplate } from './menu.ts';
import { openSettings } from './open-settings.ts';
import { openUpdates } from './open-updates.ts';
import { controlSocketOf, type Places } from './places.ts';
import { ensurePrivateDirectory } from './private-directory.ts';
import { createQuitting } from './quitting.ts';
import { findSystemProxy } from './system-proxy.ts';
import { createMainWindow, type MainWindow } from './window.ts';

interface Parts {
  readonly createEngine: (places: Places) => ClosableEngine;
  readonly bundles: string;
  readonly places: Places;
  readonly uid: number;
  readonly log: Log;
  readonly development: boolean;
  readonly canShowWindows: boolean;
  /** Asked once, when a window could be opened. */
  readonly isWindowWanted: () => boolean;
}

export interface ClosableEngine extends Engine {
  /** Lets go of the host's resources once nothing more will be asked. A VM that runs goes on running. */
  readonly close: () => Promise<void>;
}

/** The running app, as launches see it. */
export interface Desktop {
  /** Opens the window or brings it to the front; false where there is no display. */
  readonly showWindow: () => boolean;
}

/**
 * Puts the app together, once Electron is ready: settings, engine, window, menu and control socket around one
 * application object; then takes over or starts the engine.
 * @throws what makes the app unable to start, with a message for the user
 */
export async function openDesktop(parts: Parts): Promise<Desktop> {
  const { places, uid, log } = parts;
  const onFault = (cause: unknown): void => {
    log.error('fault', cause instanceof Error ? { reason: cause.message, stack: cause.stack } : {});
  };
  // The engine's sockets go there as well, so that nothing starts before it is known to be safe.
  ensurePrivateDirectory(places.runtime, uid);

  confineEverything({ allowDevTools: parts.development });

  const host = await hostOf();
  const { development } = parts;
  const { settings, policyWatch } = openSettings({ places, development, host, onFault });
  const updates = openUpdates({ settings, places, version: app.getVersion(), development });
  const engine = parts.createEngine(places);
  const application = createApplication({
    engine,
    settings,
    policyWatch,
    updates,
    surroundings: { relaunch: () => relaunch(), openPage: (url) => shell.openExternal(url) },
    identity: {
      version: app.getVersion(),
      platform: process.platform,
      standInElectron: process.versions.electron !== ELECTRON_TARGET,
      host: hostResources(),
    },
    onFault,
  });
  followTheme(application);
  logStates(application, log);

  const window = createMainWindow({
    preload: path.join(parts.bundles, 'preload.cjs'),
    pageRoot: path.join(parts.bundles, '../renderer/main_window'),
    placementFile: path.join(places.config, 'window.json'),
    log,
    onClosed: () => afterClosing(application),
  });
  const showWindow = (): boolean => {
    if (parts.canShowWindows) window.show();
    return parts.canShowWindows;
  };
  registerBridge({ ipc: ipcMain, application, isOwnWindow: window.isOwn, onFault });
  pushSnapshots(application, window.contents);
  notifyOfEngine(application, showWindow);
  installMenu(application, parts, onFault);

  const control = await listenForControl({
    socketPath: controlSocketOf(places),
    uid,
    onFault,
    answer: (request, caller) =>
      carryOut(request, caller, application, {
        showWindow,
        quit: (force) => {
          if (force) exit();
          else app.quit();
        },
        pid: process.pid,
      }),
  });
  const exit = (): void => {
    log.info('exit');
    window.keepPlacement();
    control.close();
    app.exit(0);
  };
  const relaunch = (): void => {
    app.relaunch({ args: relaunchArguments(process.argv, window.contents() !== null) });
    app.quit();
  };
  const shutDown = async (): Promise<Result<null>> => {
    const stopped = await application.shutDown();
    await engine.close();
    return stopped;
  };
  endGracefully(shutDown, window, exit, onFault);

  if (parts.isWindowWanted()) showWindow();
  void application.launch();
  return { showWindow };
}

const hostResources = (): HostResources => ({
  cpus: cpus().length,
  memoryMiB: Math.floor(totalmem() / 1024 ** 2),
  home: homedir(),
});

const hostOf = async (): Promise<Host> => ({
  ...hostResources(),
  temporary: tmpdir(),
  systemProxy: await findSystemProxy({
    resolve: (url) => session.defaultSession.resolveProxy(url),
    env: process.env,
  }),
  realPath,
});

function followTheme(application: Application): void {
  const follow = (): void => {
    const { value } = application.snapshot().settings.theme;
    if (nativeTheme.themeSource !== value) nativeTheme.themeSource = value;
  };
  follow();
  application.subscribe(follow);
}

function logStates(application: Application, log: Log): void {
  let last = '';
  application.subscribe(() => {
    const { state } = application.snapshot().engine;
    if (state.kind === last) return;
    last = state.kind;
    if (state.kind === 'failed') {
      const { failure, step } = state.reason;
      log.error('engine', { state: state.kind, step, code: failure.code, reason: failure.message });
    } else {
      log.info('engine', { state: state.kind });
    }
  });
}

/** Tells of the engine outside of the window, where somebody wants that and is not looking at it. */
function notifyOfEngine(application: Application, showWindow: () => void): void {
  // Electron forgets the click once nothing holds the notification.
  let shown: Notification | null = null;
  const follow = engineNotifications({
    isWanted: () => {
      const { settings, quitting } = application.snapshot();
      const isFocused = BrowserWindow.getFocusedWindow() !== null;
      return settings.notifyEngineStatus.value && !quitting && !isFocused && Notification.isSupported();
    },
    show: (notification) => {
      shown = new Notification(notification);
      shown.on('click', showWindow);
      shown.show();
    },
  });
  application.subscribe(() => follow(application.snapshot().engine.state));
}

let hasSaidThatItStays = false;

/**
 * Closing the window must not stop containers that somebody works with, and a Linux desktop has no tray to rely on. So
 * the app ends with its window when no engine is up, and goes on without one while an engine is; it says so once, and
 * starting Bulkhead again (from the desktop or by `bulkhead start`) brings the window back.
 */
function afterClosing(application: Application): void {
  if (process.platform === 'darwin') return;
  const { state } = application.snapshot().engine;
  if (state.kind === 'stopped' || state.kind === 'failed') {
    app.quit();
    return;
  }
  if (hasSaidThatItStays || !Notification.isSupported()) return;
  hasSaidThatItStays = true;
  new Notification({
    title: 'Bulkhead keeps running',
    body: 'The engine and its containers stay up. Start Bulkhead again to see the window; Quit in its File menu stops them.',
  }).show();
}

function installMenu(
  application: Application,
  { places, development }: Parts,
  onFault: (cause: unknown) => void,
): void {
  const run = (operation: () => Promise<Result<unknown>>) => (): void => {
    operation().then(showRefusal).catch(onFault);
  };
  const menu = Menu.buildFromTemplate(
    menuTemplate(
      {
        startEngine: run(application.startEngine),
        stopEngine: run(application.stopEngine),
        restartEngine: run(application.restartEngine),
        cancelOperation: run(application.cancelOperation),
        openLogs: () => {
          shell.openPath(places.state).catch(onFault);
        },
        quit: () => app.quit(),
      },
      { mac: process.platform === 'darwin', development },
    ),
  );
  const follow = (): void => {
    const enabled = enabledItems(application.snapshot().engine);
    for (const id of ENGINE_ITEMS) {
      const item = menu.getMenuItemById(id);
      if (item !== null) item.enabled = enabled[id];
    }
  };
  follow();
  application.subscribe(follow);
  Menu.setApplicationMenu(menu);
}

/** The window shows how the engine failed; a request that never reached it is shown here. */
async function showRefusal(result: Result<unknown>): Promise<void> {
  if (result.ok || ['ENGINE_FAILED', 'VERIFY_FAILED', 'CANCELLED'].includes(result.error.code)) return;
  await dialog.showMessageBox({ type: 'warning', message: result.error.message, detail: result.error.remedy });
}

function endGracefully(
  shutDown: () => Promise<Result<null>>,
  window: MainWindow,
  exit: () => void,
  onFault: (cause: unknown) => void,
): void {
  const quitting = createQuitting({
    shutDown,
    exit,
    onWaiting: () => window.setTitle('Bulkhead (stopping the engine, then quitting)'),
    onFault,
  });
  app.on('before-quit', (event) => {
    event.preventDefault();
    quitting.request();
  });
  // Without a listener Electron would quit with the last window.
  app.on('window-all-closed', () => undefined);
  powerMonitor.on('shutdown', (event?: { readonly preventDefault: () => void }) => {
    event?.preventDefault();
    app.quit();
  });
}
