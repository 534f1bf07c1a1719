import { app, session, type Session, type WebContents } from 'electron';
import { PAGE_URL } from './page.ts';

/**
 * Keeps every session and every page of this app inside the app, now and later: no permission is granted, no request
 * leaves, nothing navigates, opens a window or embeds a guest (Electron's security checklist, items 5 and 12 to 14).
 * Call before the first window is made. `allowDevTools` is for development builds, whose developer tools load from
 * their own scheme.
 */
export function confineEverything({ allowDevTools }: { readonly allowDevTools: boolean }): void {
  confineSession(session.defaultSession, allowDevTools);
  app.on('session-created', (created) => confineSession(created, allowDevTools));
  app.on('web-contents-created', (_event, contents) => confineContents(contents));
}

function confineSession(target: Session, allowDevTools: boolean): void {
  target.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  target.setPermissionCheckHandler(() => false);
  target.setDevicePermissionHandler(() => false);
  target.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  target.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isAllowed(url, allowDevTools) }));
  target.on('will-download', (event) => event.preventDefault());
}

const isAllowed = (url: string, allowDevTools: boolean): boolean =>
  url.startsWith(PAGE_URL) || url.startsWith('data:') || (allowDevTools && url.startsWith('devtools://'));

function confineContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
