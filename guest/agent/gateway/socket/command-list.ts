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
  const purpose = route?.narrow?.(query) ?? route;
  const own = purpose?.commands ?? [];
  const isListed = (names: readonly string[]): boolean =>
    listed.some((name) => names.includes(name) || (route !== null && GROUP_NAMES.get(name) === route.group));
  switch (commandListType) {
    case 'deny':
      return isListed(own);
    case 'allow':
      return !isListed([...own, ...(purpose?.servesToo ?? [])]);
  }
};
