import type { DockerSocketPermissions } from '../../../../shared/contract/vm.ts';
import type { Query } from '../http/query.ts';
import type { Group, Route } from '../routes.ts';

/** Names of a family of commands: with a star as Docker's manual has them, and as commands of their own. */
const GROUP_NAMES: ReadonlyMap<string, Group> = new Map<string, Group>([
  ...(['container', 'image', 'build', 'volume', 'network', 'system', 'plugin', 'swarm'] as const).flatMap(
    (group): readonly [string, Group][] =>
      group === 'build'
        ? [['build*', group]]
        : [
            [`${group}*`, group],
            [group, group],
          ],
  ),
  ['builder', 'build'],
  ['buildx', 'build'],
  ...['config', 'node', 'secret', 'service', 'stack'].map((name): [string, Group] => [name, 'swarm']),
]);

/** The commands that a request on this route is the doing of. */
export const commandsOf = (route: Route, query: Query): readonly string[] => route.narrow?.(query) ?? route.commands;

/**
 * Whether the list refuses a request. Routes without a group are those that no client can do without; a route that is in no
 * table belongs to no command, so that a list of allowed ones does not allow it.
 */
export const isBlocked = (
  route: Route | null,
  query: Query,
  { commandListType, commands }: Pick<DockerSocketPermissions, 'commandListType' | 'commands'>,
): boolean => {
  if (route !== null && route.group === null) return false;
  const listed = commands.map((command) => command.trim().toLowerCase());
  const own = route === null ? [] : commandsOf(route, query);
  const isListed = (names: readonly string[]): boolean =>
    listed.some((name) => names.includes(name) || (route !== null && GROUP_NAMES.get(name) === route.group));
  switch (commandListType) {
    case 'deny':
      return isListed(own);
    case 'allow':
      return !isListed([...own, ...(route?.servesToo ?? [])]);
  }
};
