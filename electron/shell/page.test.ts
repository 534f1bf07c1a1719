import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_HEADERS, servePages } from './page.ts';

let base: string;
let serve: (request: Request) => Promise<Response>;

beforeAll(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'bh-page-'));
  mkdirSync(path.join(base, 'root/assets'), { recursive: true });
  writeFileSync(path.join(base, 'root/index.html'), '<p>page</p>');
  writeFileSync(path.join(base, 'root/assets/a b.js'), 'script');
  writeFileSync(path.join(base, 'root/settings.json'), '{}');
  writeFileSync(path.join(base, 'secret.js'), 'secret');
  serve = servePages(path.join(base, 'root'));
});
afterAll(() => {
  rmSync(base, { recursive: true });
});

describe('servePages', () => {
  it('serves the page and its files with their types', async () => {
    const page = await serve(new Request('app://ui/'));
    expect(await page.text()).toBe('<p>page</p>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const script = await serve(new Request('app://ui/assets/a%20b.js'));
    expect(await script.text()).toBe('script');
  });

  it.each([
    'app://ui/../secret.js',
    'app://ui/..%2fsecret.js',
    'app://ui/assets/..%2f..%2fsecret.js',
    'app://ui/%2e%2e/secret.js',
    'app://ui//../secret.js',
    'app://ui/%00.js',
    'app://ui/%',
    'app://ui/settings.json',
    'app://ui/assets',
    'app://ui/absent.js',
    'app://elsewhere/',
    'https://ui/',
  ])('answers 404 to %s, with the security headers', async (url) => {
    const response = await serve(new Request(url));
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
    for (const [name, value] of Object.entries(PAGE_HEADERS)) expect(response.headers.get(name)).toBe(value);
  });

  it('answers GET only', async () => {
    const response = await serve(new Request('app://ui/', { method: 'POST' }));
    expect(response.status).toBe(404);
  });
});
