import type { Group, Route, Treatment, Upgrade } from './routes.ts';
import { archive } from './rules/archive.ts';
import { build, plainBuild } from './rules/build.ts';
import { createExec, restartContainer, startExec, updateContainer } from './rules/containers.ts';
import { createContainer, createPlainContainer } from './rules/create-container.ts';
import { createVolume } from './rules/create-volume.ts';
import { commit, freshView } from './rules/fresh-view.ts';
import { createImage, isImport, loadImages } from './rules/load.ts';
import { connectNetwork, createNetwork, createPlainNetwork, disconnectNetwork } from './rules/networks.ts';
import { startPlainPublishing, startPublishing } from './rules/publish.ts';

const FORWARD: Treatment = { kind: 'forward' };

const vet = (handle: Extract<Treatment, { kind: 'vet' }>['handle'], does: string): Treatment => ({
  kind: 'vet',
  handle,
  does,
});

const PLUGIN: Treatment = {
  kind: 'refuse',
  what: 'plugins are',
  why: 'they run as root of the VM, outside of any container',
};
const SWARM: Treatment = {
  kind: 'refuse',
  what: 'swarm mode is',
  why: 'the engine makes the containers of its services itself, with mounts that nobody has checked',
};
const CHECKPOINT: Treatment = {
  kind: 'refuse',
  what: 'checkpoints are',
  why: 'the processes of a container would come back as they were, past the checks of the runtime',
};

interface More {
  readonly servesToo?: readonly string[];
  readonly isolated?: Treatment;
  readonly plain?: Treatment;
  readonly upgrade?: Upgrade;
  readonly narrow?: NonNullable<Route['narrow']>;
}

/** `methods` and `commands` are separated by spaces. */
const rowsOf =
  (group: Group | null) =>
  (methods: string, path: string, commands: string, more: More = {}): Route => ({
    methods: methods.split(' '),
    path,
    upgrade: more.upgrade ?? null,
    group,
    commands: commands.split(' ').filter((command) => command !== ''),
    narrow: more.narrow ?? null,
    servesToo: more.servesToo ?? [],
    isolated: more.isolated ?? FORWARD,
    plain: more.plain ?? FORWARD,
  });

const needed = rowsOf(null);
const container = rowsOf('container');
const image = rowsOf('image');
const building = rowsOf('build');
const volume = rowsOf('volume');
const network = rowsOf('network');
const system = rowsOf('system');
const plugin = rowsOf('plugin');
const swarm = rowsOf('swarm');

const RUN = ['run'];
const CREATE = ['run', 'create'];

/**
 * Every route of Docker Engine 26.1 (API 1.45; moby api/server/router), in the order in which its router looks at those that
 * overlap. What is not here does not reach the engine while isolation is on.
 */
export const ROUTES: readonly Route[] = [
  needed('GET HEAD', '/_ping', ''),
  needed('OPTIONS', '*', ''),
  needed('OPTIONS', '{name}', ''),
  system('GET', '/version', 'version'),
  system('GET', '/info', 'info'),
  system('GET', '/events', 'events'),
  system('GET', '/system/df', 'df'),
  system('POST', '/auth', 'login'),

  container('DELETE', '/containers/{name}/checkpoints/{name}', 'checkpoint', { isolated: CHECKPOINT }),
  container('GET POST', '/containers/{name}/checkpoints', 'checkpoint', { isolated: CHECKPOINT }),
  container('GET', '/containers/json', 'ps'),
  container('POST', '/containers/create', 'create run', {
    isolated: vet(
      createContainer,
      'parsed, checked and written anew; the runtime is set, proxies are added, an allowed Docker socket is given',
    ),
    plain: vet(createPlainContainer, 'proxies are added'),
  }),
  container('POST', '/containers/prune', 'prune'),
  container('GET', '/containers/{name}/json', 'inspect port', { servesToo: ['run', 'exec', 'attach', 'cp', 'start'] }),
  container('GET', '/containers/{name}/top', 'top'),
  container('GET', '/containers/{name}/logs', 'logs'),
  container('GET', '/containers/{name}/stats', 'stats'),
  container('GET', '/containers/{name}/changes', 'diff'),
  container('GET', '/containers/{name}/export', 'export', {
    isolated: vet(freshView, "the engine's view of the files is brought up to date first"),
  }),
  container('GET', '/containers/{name}/attach/ws', 'attach', { upgrade: 'websocket', servesToo: RUN }),
  container('GET HEAD PUT', '/containers/{name}/archive', 'cp', {
    isolated: vet(archive, "refused for mounts of the VM's own and for xz; a running container is paused meanwhile"),
  }),
  container('POST', '/containers/{name}/kill', 'kill', { servesToo: [...RUN, 'attach', 'start'] }),
  container('POST', '/containers/{name}/pause', 'pause'),
  container('POST', '/containers/{name}/unpause', 'unpause'),
  container('POST', '/containers/{name}/restart', 'restart', {
    isolated: vet(restartContainer, 'refused for a network that leads past the firewall'),
  }),
  container('POST', '/containers/{name}/start', 'start', {
    servesToo: RUN,
    isolated: vet(
      startPublishing,
      'refused for a checkpoint, a network that leads past the firewall, or a port that the host does not give',
    ),
    plain: vet(startPlainPublishing, 'refused for a port that the host does not give'),
  }),
  container('POST', '/containers/{name}/stop', 'stop'),
  container('POST', '/containers/{name}/wait', 'wait', { servesToo: [...RUN, 'attach', 'start'] }),
  container('POST', '/containers/{name}/resize', 'attach', { servesToo: [...RUN, 'start'] }),
  container('POST', '/containers/{name}/attach', 'attach', { upgrade: 'tcp', servesToo: [...RUN, 'start'] }),
  container('POST', '/containers/{name}/rename', 'rename'),
  container('POST', '/containers/{name}/update', 'update', {
    isolated: vet(updateContainer, 'parsed and written anew, without devices and the parent control group'),
  }),
  container('POST', '/containers/{name}/exec', 'exec', { isolated: vet(createExec, 'parsed and written anew') }),
  container('DELETE', '/containers/{name}', 'rm'),
  container('POST', '/exec/{name}/start', 'exec', {
    upgrade: 'tcp',
    isolated: vet(
      startExec,
      "parsed and written anew; the engine's view of the files is brought up to date for a user's name",
    ),
  }),
  container('POST', '/exec/{name}/resize', 'exec'),
  container('GET', '/exec/{name}/json', 'exec'),
  container('POST', '/commit', 'commit', {
    isolated: vet(commit, "parsed and written anew; the engine's view of the files is brought up to date first"),
  }),

  image('GET', '/images/json', 'images'),
  image('GET', '/images/search', 'search'),
  image('GET', '/images/get', 'save'),
  image('POST', '/images/load', 'load', {
    isolated: vet(loadImages, 'refused when blockDockerLoad is on'),
    plain: vet(loadImages, 'refused when blockDockerLoad is on'),
  }),
  image('POST', '/images/create', 'pull import', {
    servesToo: CREATE,
    narrow: (query) =>
      isImport(query) ? { commands: ['import'], servesToo: [] } : { commands: ['pull'], servesToo: CREATE },
    isolated: vet(createImage, 'an import is refused when blockDockerLoad is on'),
    plain: vet(createImage, 'an import is refused when blockDockerLoad is on'),
  }),
  image('POST', '/images/prune', 'prune'),
  image('GET', '/images/{name}/get', 'save'),
  image('GET', '/images/{name}/history', 'history'),
  image('GET', '/images/{name}/json', 'inspect', { servesToo: [...CREATE, 'pull'] }),
  image('POST', '/images/{name}/push', 'push'),
  image('POST', '/images/{name}/tag', 'tag'),
  image('DELETE', '/images/{name}', 'rmi'),
  image('GET', '/distribution/{name}/json', 'pull', { servesToo: CREATE }),

  building('POST', '/build', 'build', {
    isolated: vet(build, "refused on the VM's network; parameters are written anew, proxies are added"),
    plain: vet(plainBuild, 'proxies are added'),
  }),
  building('POST', '/build/prune', 'builder prune'),
  building('POST', '/build/cancel', 'build'),
  building('POST', '/session', 'build', { upgrade: 'h2c' }),
  building('POST', '/grpc', 'build', { upgrade: 'h2c' }),

  volume('GET', '/volumes', ''),
  volume('POST', '/volumes/create', '', {
    isolated: vet(
      createVolume,
      "parsed, checked and written anew; the driver `local` only, with no options that mount what is the VM's own",
    ),
  }),
  volume('POST', '/volumes/prune', 'prune'),
  volume('GET', '/volumes/{name}', 'inspect'),
  volume('PUT', '/volumes/{name}', '', { isolated: SWARM }),
  volume('DELETE', '/volumes/{name}', ''),

  network('GET', '/networks', ''),
  network('GET', '/networks/', ''),
  network('POST', '/networks/create', '', {
    isolated: vet(
      createNetwork,
      'parsed and written anew; bridge networks only, not within 10.0.2.0/24, with IPv6 where the setting says so',
    ),
    plain: vet(createPlainNetwork, 'not within 10.0.2.0/24; gets IPv6 where the setting says so'),
  }),
  network('POST', '/networks/prune', 'prune'),
  network('POST', '/networks/{name}/connect', '', {
    isolated: vet(connectNetwork, 'parsed and written anew; refused for a network that leads past the firewall'),
  }),
  network('POST', '/networks/{name}/disconnect', '', { isolated: vet(disconnectNetwork, 'parsed and written anew') }),
  network('GET', '/networks/{name}', 'inspect'),
  network('DELETE', '/networks/{name}', ''),

  plugin('GET', '/plugins', ''),
  plugin('GET', '/plugins/privileges', '', { isolated: PLUGIN }),
  plugin('GET', '/plugins/{name}/json', 'inspect'),
  plugin('DELETE', '/plugins/{name}', '', { isolated: PLUGIN }),
  plugin('POST', '/plugins/{name}', '', { isolated: PLUGIN }),

  swarm('GET', '/swarm', ''),
  swarm('GET', '/swarm/unlockkey', ''),
  swarm('POST', '/swarm/leave', ''),
  swarm('POST', '/swarm/{name}', '', { isolated: SWARM }),
  ...['services', 'nodes', 'tasks', 'secrets', 'configs'].flatMap((kind) => [
    swarm('GET', `/${kind}`, ''),
    swarm('GET', `/${kind}/{name}`, ''),
    swarm('POST', `/${kind}/{name}`, '', { isolated: SWARM }),
    swarm('DELETE', `/${kind}/{name}`, ''),
  ]),
];
