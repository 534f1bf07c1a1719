import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const PAGE_SCHEME = 'app';
export const PAGE_URL = `${PAGE_SCHEME}://ui/`;

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.woff2', 'font/woff2'],
]);

/**
 * Sent with every response, refusals included. The page is made of its own files and can reach nothing else; no inline
 * script or style, no eval, and no string becomes script (CSP Level 3, Trusted Types).
 */
export const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/**
 * Answers requests of the page's scheme with the files below `root`, by GET only, and only those whose kind the page
 * can need. Whatever else is asked for is answered 404 without saying why.
 */
export function servePages(root: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const file = request.method === 'GET' ? fileFor(request.url, root) : null;
    const type = file === null ? undefined : CONTENT_TYPES.get(path.extname(file));
    if (file === null || type === undefined) return refusal();
    try {
      return new Response(await readFile(file), { headers: { ...PAGE_HEADERS, 'content-type': type } });
    } catch {
      return refusal();
    }
  };
}

const refusal = (): Response => new Response(null, { status: 404, headers: PAGE_HEADERS });

function fileFor(address: string, root: string): string | null {
  try {
    const url = new URL(address);
    if (url.protocol !== `${PAGE_SCHEME}:` || url.host !== 'ui') return null;
    const file = path.join(root, url.pathname === '/' ? 'index.html' : decodeURIComponent(url.pathname));
    return file.startsWith(root + path.sep) ? file : null;
  } catch {
    return null;
  }
}
