import type { ProxyServers } from '../../../../shared/contract/vm.ts';
import { type Query, queryValue } from '../http/query.ts';
import { JsonSyntaxError, parseJson, text, writeJson } from '../json/json.ts';
import { keysOf, withMembers } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { type Handler } from '../routes.ts';
import { proxyEnvironment } from './proxy.ts';

/** What POST /build understands (moby api/server/router/build, newImageBuildOptions), but for `cgroupparent`. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'buildargs',
  'buildid',
  'cachefrom',
  'cpuperiod',
  'cpuquota',
  'cpusetcpus',
  'cpusetmems',
  'cpushares',
  'dockerfile',
  'extrahosts',
  'forcerm',
  'isolation',
  'labels',
  'memory',
  'memswap',
  'networkmode',
  'nocache',
  'outputs',
  'platform',
  'pull',
  'q',
  'remote',
  'rm',
  'securityopt',
  'session',
  'shmsize',
  'squash',
  't',
  'target',
  'ulimits',
  'version',
]);

/** The query with the proxies as build arguments, where it has none of its own. One that is malformed is the engine's to refuse. */
const withProxy = (query: Query, proxy: ProxyServers | null): Query => {
  if (proxyEnvironment(proxy, []).length === 0) return query;
  const given = queryValue(query, 'buildargs');
  try {
    const all = parseJson(Buffer.from(given === '' ? '{}' : given, 'utf8'));
    if (all.kind !== 'object') return query;
    const added = proxyEnvironment(proxy, keysOf(all)).map(([name, value]) => [name, text(value)] as const);
    const buildArguments = writeJson(withMembers(all, Object.fromEntries(added)));
    return [...query.filter(([name]) => name !== 'buildargs'), ['buildargs', buildArguments]];
  } catch (error) {
    if (error instanceof JsonSyntaxError) return query;
    throw error;
  }
};

/** POST /build with isolation off: only the proxies are added. */
export const plainBuild: Handler = async ({ query }, { settings }) => {
  const sent = withProxy(query, settings.proxy);
  return sent === query ? { kind: 'forward' } : { kind: 'forward', query: sent };
};

/**
 * POST /build with isolation on. Its steps run in containers that the runtime front isolates; the network of the VM is refused
 * here too, since the builder would say something about entitlements instead of why.
 */
export const build: Handler = async ({ query }, { settings }) => {
  if (query.some(([name, value]) => name === 'networkmode' && value === 'host')) {
    throw new Refusal(
      403,
      'enhanced container isolation: a build cannot use the network of the VM (--network=host); leave the option out',
    );
  }
  const known = query.filter(([name]) => PARAMETERS.has(name));
  return { kind: 'forward', query: withProxy(known, settings.proxy) };
};
