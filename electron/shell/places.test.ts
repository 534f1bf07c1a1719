import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlSocketOf, placesOf, type Host } from './places.ts';

const user: Host = { platform: 'linux', env: {}, home: '/home/ann', uid: 1000, development: false };

describe('placesOf', () => {
  it('uses the XDG defaults and a private directory below /tmp', () => {
    expect(placesOf(user)).toEqual({
      config: '/home/ann/.config/bulkhead',
      data: '/home/ann/.local/share/bulkhead',
      cache: '/home/ann/.cache/bulkhead',
      state: '/home/ann/.local/state/bulkhead',
      runtime: '/tmp/bulkhead-1000',
      dockerConfig: '/home/ann/.docker',
    });
  });

  it('follows the XDG variables and ignores relative ones', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/1000', XDG_DATA_HOME: '/big/', XDG_CONFIG_HOME: 'relative' };
    expect(placesOf({ ...user, env })).toMatchObject({
      runtime: '/run/user/1000/bulkhead',
      data: '/big/bulkhead',
      config: '/home/ann/.config/bulkhead',
    });
  });

  it('keeps images system-wide for root and where BULKHEAD_CACHE says', () => {
    expect(placesOf({ ...user, uid: 0, home: '/root' }).cache).toBe('/var/cache/bulkhead');
    expect(placesOf({ ...user, env: { BULKHEAD_CACHE: '/images' } }).cache).toBe('/images');
  });

  it('moves everything but the cache with BULKHEAD_HOME in development', () => {
    const places = placesOf({ ...user, development: true, env: { BULKHEAD_HOME: '/tmp/t' } });
    expect(places).toMatchObject({
      config: '/tmp/t/config',
      runtime: '/tmp/t/run',
      cache: '/home/ann/.cache/bulkhead',
    });
    expect(places.dockerConfig).toBe('/tmp/t/docker');
    expect(controlSocketOf(places)).toBe('/tmp/t/run/control.sock');
  });

  it('never lets BULKHEAD_HOME move a packaged app', () => {
    fc.assert(
      fc.property(fc.string(), (home) => {
        expect(placesOf({ ...user, env: { BULKHEAD_HOME: home } })).toEqual(placesOf(user));
      }),
    );
  });
});
