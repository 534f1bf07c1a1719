import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { app, BrowserWindow, protocol } from 'electron';

const ORIGIN = 'app://ui';
const PAGE_ROOT = path.join(__dirname, '../renderer/main_window');
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
};

async function servePage(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const file = path.join(PAGE_ROOT, url.pathname === '/' ? 'index.html' : decodeURIComponent(url.pathname));
  const type = CONTENT_TYPES[path.extname(file)];
  if (request.method !== 'GET' || url.host !== 'ui' || type === undefined || !file.startsWith(PAGE_ROOT + path.sep)) {
    return new Response(null, { status: 404, headers: HEADERS });
  }
  const body = await readFile(file).catch(() => null);
  return new Response(body, { status: body === null ? 404 : 200, headers: { ...HEADERS, 'content-type': type } });
}

function openWindow(): void {
  const window = new BrowserWindow({
    width: 980,
    height: 680,
    show: false,
    webPreferences: {
      preload: path.join(__dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  void window.loadURL(`${ORIGIN}/`);
}

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
const home = process.env['BULKHEAD_HOME'];
if (!app.isPackaged && home !== undefined) app.setPath('userData', path.join(home, 'app'));
app.on('window-all-closed', () => app.quit());
void app.whenReady().then(() => {
  protocol.handle('app', servePage);
  openWindow();
});
