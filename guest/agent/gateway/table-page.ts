import type { Route, Treatment } from './routes.ts';

const treatmentText = (treatment: Treatment): string => {
  switch (treatment.kind) {
    case 'forward':
      return 'sent on';
    case 'vet':
      return treatment.does;
    case 'refuse':
      return `refused: ${treatment.what} not allowed`;
  }
};

const listText = (items: readonly string[]): string => items.map((item) => `\`${item}\``).join(' ');

const rowText = (route: Route): string =>
  `| ${route.methods.join(' ')} | \`${route.path}\` | ${listText(route.commands)} | ${listText(route.servesToo)} | ` +
  `${treatmentText(route.isolated)} | ${treatmentText(route.plain)} |`;

const HEAD = `# The Docker API behind the gateway

Made from the gateway's own table (\`guest/agent/gateway/table.ts\`) by its test: \`npx vitest run guest/agent/gateway/table.test.ts -u\`
writes it anew.

With isolation on, a route that is not listed here is refused with 403. With isolation off it is the engine's to answer. Paths
may begin with a version (\`/v1.45\`); \`{name}\` stands for any text, slashes included. \`/debug/…\` is closed always.

## Command lists of the Docker socket

A container that may have the Docker socket gets a socket of its own, on which the list of commands counts. A list of the type
\`deny\` refuses a route when it names one of the commands that the route *is*. A list of the type \`allow\` lets a route through
when it names one of these or one that *also needs it*. A group stands for all routes under its heading: \`container*\`, \`image*\`,
\`build*\`, \`volume*\`, \`network*\`, \`system*\`, \`plugin*\`, \`swarm*\`, also without the star (but \`build\`, which is a command, and
\`builder\` and \`buildx\`, which mean \`build*\`; \`config\`, \`node\`, \`secret\`, \`service\` and \`stack\` mean \`swarm*\`). What is under
"Needed by every client" cannot be refused. A refused request is answered with 403 and
\`enhanced container isolation: docker command "/v1.43/images/myimage/push?tag=latest" is blocked; …\`.

Some commands cannot be told apart, since they are the same request: \`run\` and \`create\` (refusing one refuses both), \`inspect\`
and \`port\`. \`POST /images/create\` is \`pull\` when it names an image and \`import\` when it does not. What BuildKit does
behind \`/session\` and \`/grpc\` is not HTTP and is seen as \`build\` as a whole; it is limited by the engine's entitlements
(with isolation on neither \`network.host\` nor \`security.insecure\`) and by the runtime front, which isolates every build step. Two things
follow. The builder of this engine has no exporter that pushes (it answers \`exporter "image" could not be found\`), but what runs in
a build step can talk to a registry as any container can, with credentials that it was given. And the
proxies of containers reach builds of the classic builder only; with BuildKit, give them as build arguments.
`;

const GROUPS: readonly (readonly [Route['group'], string])[] = [
  [null, 'Needed by every client'],
  ['container', 'container*'],
  ['image', 'image*'],
  ['build', 'build*'],
  ['volume', 'volume*'],
  ['network', 'network*'],
  ['system', 'system*'],
  ['plugin', 'plugin*'],
  ['swarm', 'swarm*'],
];

/** The page of the documentation that shows the table of routes, in Markdown. */
export const tablePage = (routes: readonly Route[]): string =>
  [
    HEAD,
    ...GROUPS.map(([group, title]) =>
      [
        `## ${title}\n`,
        '| Method | Path | Is the doing of | Also needed by | With isolation | Without |',
        '|---|---|---|---|---|---|',
        ...routes.filter((route) => route.group === group).map(rowText),
        '',
      ].join('\n'),
    ),
  ].join('\n');
