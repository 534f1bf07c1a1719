import { Refusal } from './refusal.ts';
import { forward, type Handler, route, type Route, STREAM_ROUTES } from './routes.ts';
import { createContainer } from './rules/create-container.ts';
import { createNetwork } from './rules/create-network.ts';
import { createVolume } from './rules/create-volume.ts';
import { archive, freshView, freshViewOfCommitted } from './rules/fresh-view.ts';

const refusePlugins: Handler = async () => {
  throw new Refusal(
    403,
    'enhanced container isolation: plugins are not allowed, because they run as root of the VM, outside of any container',
  );
};

const refuseSwarm: Handler = async () => {
  throw new Refusal(
    403,
    'enhanced container isolation: swarm mode is not allowed, because the engine makes the containers of its services itself, ' +
      'with mounts that nobody has checked',
  );
};

/** What the gateway looks at while isolation is on; the first row that matches counts. Everything else is sent on. */
export const ISOLATED_ROUTES: readonly Route[] = [
  ...STREAM_ROUTES,
  route('POST', '/containers/create', createContainer),
  route('POST', '/volumes/create', createVolume),
  route('POST', '/networks/create', createNetwork),
  route('GET HEAD PUT', '/containers/{name}/archive', archive),
  route('GET', '/containers/{name}/export', freshView),
  route('POST', '/containers/{name}/exec', freshView),
  route('POST', '/commit', freshViewOfCommitted),
  route('GET', '/plugins', forward),
  route('GET', '/plugins/{name}/json', forward),
  route('*', '/plugins', refusePlugins),
  route('*', '/plugins/{name}', refusePlugins),
  route('POST', '/swarm/init', refuseSwarm),
  route('POST', '/swarm/join', refuseSwarm),
  route('POST', '/services/create', refuseSwarm),
  route('POST', '/services/{name}/update', refuseSwarm),
];
