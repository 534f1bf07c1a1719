import { BrowserWindow, nativeTheme, screen, session, type WebContents } from 'electron';
import type { Log } from './log.ts';
import { PAGE_SCHEME, PAGE_URL, servePages } from './page.ts';
import { DEFAULT_SIZE, reachableBounds, readPlacement, SMALLEST_SIZE, writePlacement } from './window-bounds.ts';

/** The colour before the first paint; the page's own background. */
const BACKGROUND = { light: '#f6f6f7', dark: '#17181b' } as const;
/** A page that dies again within this time is not loaded a third time by itself. */
const CRASH_LOOP_MS = 60_000;

interface Parts {
  /** Absolute path of the bundled preload. */
  readonly preload: string;
  /** Absolute path of the built page's directory. */
  readonly pageRoot: string;
  readonly placementFile: string;
  readonly log: Log;
  /** The user closed the window; the app goes on until somebody decides otherwise. */
  readonly onClosed: () => void;
}

export interface MainWindow {
  /** Opens the window, or brings the one there is to the front. */
  readonly show: () => void;
  readonly contents: () => WebContents | null;
  readonly isOwn: (contents: WebContents) => boolean;
  readonly setTitle: (title: string) => void;
  /** Keeps where the window is, for an end that gives it no time to close. */
  readonly keepPlacement: () => void;
}

/**
 * The one window. Its page lives in a session without a disk cache and without storage that outlives the app: the truth
 * is in main, and the page only shows it.
 */
export function createMainWindow({ preload, pageRoot, placementFile, log, onClosed }: Parts): MainWindow {
  const pages = session.fromPartition('ui', { cache: false });
  pages.protocol.handle(PAGE_SCHEME, servePages(pageRoot));
  let current: BrowserWindow | null = null;
  let lastCrash = Number.NEGATIVE_INFINITY;

  const keep = (window: BrowserWindow): void => {
    writePlacement(placementFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  };

  const open = (): BrowserWindow => {
    const placement = readPlacement(placementFile);
    const bounds = reachableBounds(
      placement,
      screen.getAllDisplays().map(({ workArea }) => workArea),
    );
    const window = new BrowserWindow({
      ...(bounds ?? DEFAULT_SIZE),
      minWidth: SMALLEST_SIZE.width,
      minHeight: SMALLEST_SIZE.height,
      show: false,
      title: 'Bulkhead',
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      webPreferences: {
        session: pages,
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        safeDialogs: true,
        spellcheck: false,
      },
    });
    window.once('ready-to-show', () => {
      if (placement?.maximized === true) window.maximize();
      window.show();
    });
    window.on('close', () => keep(window));
    window.on('closed', () => {
      if (current !== window) return;
      current = null;
      onClosed();
    });
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      log.error('page gone', { reason, exitCode });
      if (performance.now() - lastCrash < CRASH_LOOP_MS) return;
      lastCrash = performance.now();
      if (!window.isDestroyed()) window.reload();
    });
    window.webContents.on('did-fail-load', (_event, code, description, url) => {
      log.error('page not loaded', { code, description, url });
    });
    // A page that cannot be loaded is reported by the event above.
    window.loadURL(PAGE_URL).catch(() => undefined);
    return window;
  };

  return {
    show: () => {
      if (current === null) {
        current = open();
        return;
      }
      if (current.isMinimized()) current.restore();
      current.show();
      current.focus();
    },
    contents: () => current?.webContents ?? null,
    isOwn: (contents) => current !== null && current.webContents === contents,
    setTitle: (title) => current?.setTitle(title),
    keepPlacement: () => {
      if (current !== null) keep(current);
    },
  };
}
