import { describe, expect, it } from 'vitest';
import { findSystemProxy, firstProxy, isDirect } from './system-proxy.ts';

const direct = (): Promise<string> => Promise.resolve('DIRECT');

describe('firstProxy', () => {
  it.each([
    ['DIRECT', null],
    ['', null],
    ['PROXY proxy.example:3128', 'http://proxy.example:3128'],
    ['PROXY proxy.example:3128; DIRECT', 'http://proxy.example:3128'],
    ['DIRECT; PROXY proxy.example:3128', null],
    ['HTTPS proxy.example:3129', 'https://proxy.example:3129'],
    ['HTTPS proxy.example:443', 'https://proxy.example:443'],
    ['SOCKS5 socks.example:1080; PROXY b.example:8080', 'http://b.example:8080'],
    ['SOCKS socks.example:1080', null],
    ['PROXY [2001:db8::1]:3128', 'http://[2001:db8::1]:3128'],
    ['PROXY', null],
    [' proxy  a.example:80 ;', 'http://a.example:80'],
  ])('of %j is %j', (answer, server) => {
    expect(firstProxy(answer)).toBe(server);
  });
});

describe('isDirect', () => {
  it.each(['DIRECT', '', ' direct ', 'DIRECT;'])('holds for %j', (answer) => {
    expect(isDirect(answer)).toBe(true);
  });
  it.each(['PROXY a:1', 'SOCKS5 a:1; DIRECT'])('does not hold for %j', (answer) => {
    expect(isDirect(answer)).toBe(false);
  });
});

describe('findSystemProxy', () => {
  it('is none where neither the desktop nor the environment names one', async () => {
    expect(await findSystemProxy({ resolve: direct, env: { NO_PROXY: 'a' } })).toBeNull();
  });

  it('is the desktop’s, by scheme', async () => {
    const resolve = (url: string): Promise<string> =>
      Promise.resolve(url.startsWith('https') ? 'PROXY s.example:2' : 'PROXY p.example:1');
    const env = { HTTP_PROXY: 'http://env.example:9', no_proxy: 'localhost, .example.com,' };
    expect(await findSystemProxy({ resolve, env })).toEqual({
      http: 'http://p.example:1',
      https: 'http://s.example:2',
      exclude: ['localhost', '.example.com'],
    });
  });

  it('is the environment’s where the desktop names none, also when it cannot say', async () => {
    for (const resolve of [direct, () => Promise.reject(new Error('no answer'))]) {
      const env = {
        http_proxy: 'p.example:3128',
        HTTP_PROXY: 'http://loud.example:1',
        HTTPS_PROXY: 'http://u:p@s.example:8080/',
      };
      expect(await findSystemProxy({ resolve, env })).toEqual({
        http: 'http://p.example:3128',
        https: 'http://u:p@s.example:8080',
        exclude: [],
      });
    }
  });

  it('is none where the environment’s is no HTTP proxy', async () => {
    const env = { HTTP_PROXY: 'socks5://s.example:1080', HTTPS_PROXY: 'not a url' };
    expect(await findSystemProxy({ resolve: direct, env })).toBeNull();
  });
});
