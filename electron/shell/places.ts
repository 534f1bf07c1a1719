import path from 'node:path';

/** What decides where Bulkhead keeps things; passed in so that the app and the CLI come to the same answer. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  /** True in a checkout, never in a packaged app: only then does BULKHEAD_HOME count. */
  readonly development: boolean;
}

/** Absolute directories, by purpose. */
export interface Places {
  /** The user's settings, the window's bounds and Chromium's profile. */
  readonly config: string;
  /** The data disk: what must never be lost. */
  readonly data: string;
  /** VM images: can be built again. */
  readonly cache: string;
  /** Logs. */
  readonly state: string;
  /** Sockets; private to the user and gone after a reboot. */
  readonly runtime: string;
  /** The configuration of the user's Docker clients, which get a context named `bulkhead`. */
  readonly dockerConfig: string;
}

/** The control socket of the app that uses this runtime directory. */
export const controlSocketOf = (places: Pick<Places, 'runtime'>): string => path.join(places.runtime, 'control.sock');

/**
 * Linux follows the XDG Base Directory Specification (a relative path in one of its variables is ignored, as the
 * specification asks) and falls back to /tmp for the runtime directory, as it recommends for hosts without a session;
 * the caller must check the owner of that one. macOS follows Apple's File System Programming Guide.
 * BULKHEAD_CACHE always moves the cache, whose content is verified before use. BULKHEAD_HOME moves everything else,
 * in development only, so that tests and a second checkout do not meet the user's own engine.
 */
export function placesOf(host: Host): Places {
  const cache = absolute(host.env['BULKHEAD_CACHE']) ?? defaultCache(host);
  const own = host.development ? absolute(host.env['BULKHEAD_HOME']) : null;
  if (own !== null) {
    return {
      config: path.join(own, 'config'),
      data: path.join(own, 'data'),
      cache,
      state: path.join(own, 'state'),
      runtime: path.join(own, 'run'),
      dockerConfig: path.join(own, 'docker'),
    };
  }
  // Docker's manual, "Environment variables" of the command line.
  const dockerConfig = absolute(host.env['DOCKER_CONFIG']) ?? path.join(host.home, '.docker');
  if (host.platform === 'darwin') {
    const support = path.join(host.home, 'Library/Application Support/Bulkhead');
    return {
      config: support,
      data: path.join(support, 'engine'),
      cache,
      state: path.join(host.home, 'Library/Logs/Bulkhead'),
      runtime: fallbackRuntime(host),
      dockerConfig,
    };
  }
  const runtimeBase = absolute(host.env['XDG_RUNTIME_DIR']);
  return {
    config: path.join(absolute(host.env['XDG_CONFIG_HOME']) ?? path.join(host.home, '.config'), 'bulkhead'),
    data: path.join(absolute(host.env['XDG_DATA_HOME']) ?? path.join(host.home, '.local/share'), 'bulkhead'),
    cache,
    state: path.join(absolute(host.env['XDG_STATE_HOME']) ?? path.join(host.home, '.local/state'), 'bulkhead'),
    runtime: runtimeBase === null ? fallbackRuntime(host) : path.join(runtimeBase, 'bulkhead'),
    dockerConfig,
  };
}

function defaultCache(host: Host): string {
  if (host.platform === 'darwin') return path.join(host.home, 'Library/Caches/Bulkhead');
  if (host.uid === 0) return '/var/cache/bulkhead';
  return path.join(absolute(host.env['XDG_CACHE_HOME']) ?? path.join(host.home, '.cache'), 'bulkhead');
}

const fallbackRuntime = (host: Host): string => `/tmp/bulkhead-${host.uid}`;

const absolute = (value: string | undefined): string | null =>
  value !== undefined && path.isAbsolute(value) ? path.normalize(value) : null;
