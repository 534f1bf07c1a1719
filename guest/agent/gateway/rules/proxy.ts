import type { ProxyServers } from '../../../../shared/contract/vm.ts';

/**
 * The environment that tells a program its proxies, in both spellings that programs look for, without the variables that
 * `given` names in either spelling: who sets one means it.
 */
export const proxyEnvironment = (
  proxy: ProxyServers | null,
  given: readonly string[],
): readonly (readonly [name: string, value: string])[] => {
  if (proxy === null || (proxy.http === '' && proxy.https === '')) return [];
  const taken = new Set(given.map((name) => name.toUpperCase()));
  const variables = [
    ['HTTP_PROXY', proxy.http],
    ['HTTPS_PROXY', proxy.https],
    ['NO_PROXY', proxy.exclude.join(',')],
  ] as const;
  return variables
    .filter(([name, value]) => value !== '' && !taken.has(name))
    .flatMap(([name, value]) => [[name, value] as const, [name.toLowerCase(), value] as const]);
};
