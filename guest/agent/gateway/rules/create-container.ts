import type { ProxyServers } from '../../../../shared/contract/vm.ts';
import { CREATE_CONTAINER, HOST_CONFIG_NAMES } from '../json/bodies.ts';
import { type Json, type JsonObject, parseJson, text } from '../json/json.ts';
import { isShared } from '../../sharing/tree.ts';
import { keysOf, listAt, member, stringAt, stringMapAt, stringOf, withMembers } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';
import { type ApiRequest, FORWARD, type Handler, type Surroundings, type Verdict } from '../routes.ts';
import { volumesOf, vetVolumes } from './existing-mounts.ts';
import { vetHostConfig } from './host-config.ts';
import { repositoryName } from './image-name.ts';
import { vetNetworks } from './networks.ts';
import { bindRefusal, isDockerSocket, isKernelModules } from './paths.ts';
import { proxyEnvironment } from './proxy.ts';
import { describesVolume, withoutCopy } from './volume-copy.ts';
import { volumeDriverRefusal, volumeOptionsRefusal } from './volume-options.ts';

/** The runtime that `docker inspect` shows for isolated containers. */
export const ISOLATED_RUNTIME = 'sysbox-runc';

/** Fields that the engine takes from the top level when HostConfig leaves them unset (moby runconfig/config_unix.go). */
const TOP_LEVEL_FALLBACKS = ['Memory', 'MemorySwap', 'CpuShares', 'CpusetCpus', 'VolumeDriver'] as const;

/** The name of a container, or of one below another's: the engine also knows the target of a link by the link's alias. */
const CONTAINER_NAME = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]*(?:\/[a-zA-Z0-9][a-zA-Z0-9_.-]*)*$/;

const isZero = (json: Json | undefined): boolean =>
  json === undefined ||
  (json.kind === 'string' && json.value === '') ||
  (json.kind === 'number' && Number(json.literal) === 0);

/** The body with everything that the engine would take as HostConfig inside HostConfig, and nowhere else. */
const gatherHostConfig = (body: Json): JsonObject => {
  const given = member(body, 'HostConfig');
  const topLevel = HOST_CONFIG_NAMES.map((name) => [name, member(body, name)] as const);
  const moved = topLevel.filter(
    ([name, value]) =>
      value !== undefined &&
      (given === undefined ||
        (TOP_LEVEL_FALLBACKS.some((fallback) => fallback === name) && isZero(member(given, name)))),
  );
  const gathered = withMembers(given, Object.fromEntries(moved));
  const cpuset = isZero(member(gathered, 'CpusetCpus')) ? member(body, 'Cpuset') : undefined;
  const hostConfig = cpuset === undefined ? gathered : withMembers(gathered, { CpusetCpus: cpuset });
  const removed = Object.fromEntries([...HOST_CONFIG_NAMES, 'Cpuset'].map((name) => [name, undefined]));
  return withMembers(body, { ...removed, HostConfig: hostConfig });
};

/** Where a container's mounts come from, as far as its own configuration tells. */
interface Sources {
  /** Names of volumes that may exist already, with options given to them earlier. */
  readonly volumes: readonly string[];
  readonly containers: readonly string[];
}

/**
 * Checks Binds, Mounts and VolumeDriver of a HostConfig. A bind's source is a path exactly when it starts with a slash, everything else is
 * a volume's name (moby volume/mounts/linux_parser.go, ParseMountRaw). Throws a Refusal; returns what the engine has to be
 * asked about.
 */
const vetMounts = (hostConfig: JsonObject, vetBind: (source: string) => Refusal | null): Sources => {
  const check = (source: string): void => {
    const refusal = vetBind(source);
    if (refusal !== null) throw refusal;
  };
  const volumes: string[] = [];
  for (const bind of listAt(hostConfig, 'Binds').map(stringOf)) {
    const [source = '', ...rest] = bind.split(':');
    if (rest.length === 0) continue;
    if (isDockerSocket(source)) continue;
    if (source.startsWith('/')) check(source);
    else volumes.push(source);
  }
  for (const mount of listAt(hostConfig, 'Mounts')) {
    const source = stringAt(mount, 'Source');
    const type = stringAt(mount, 'Type');
    if (type === 'bind' && isDockerSocket(source)) continue;
    if (type === 'bind') check(source);
    if (type !== 'volume') continue;
    volumes.push(source);
    const driver = member(member(mount, 'VolumeOptions'), 'DriverConfig');
    const refusal = volumeOptionsRefusal(stringAt(driver, 'Name'), stringMapAt(driver, 'Options'));
    if (refusal !== null) throw refusal;
  }
  const foreign = volumeDriverRefusal(stringAt(hostConfig, 'VolumeDriver'));
  if (foreign !== null) throw foreign;
  const containers = listAt(hostConfig, 'VolumesFrom').map((spec) => stringOf(spec).split(':')[0] ?? '');
  return { volumes, containers };
};

/** Asks the engine about what exists already. Returns the volumes that were made with options. */
const vetExisting = async (
  { engine, shares, vmHas }: Surroundings,
  { volumes, containers }: Sources,
  image: string,
): Promise<ReadonlySet<string>> => {
  const inherited: string[] = [];
  for (const name of containers.filter((container) => CONTAINER_NAME.test(container))) {
    const container = await engine.inspectContainer(name.replace(/^\//, ''));
    const mounts = (container?.mounts ?? []).filter(
      ({ type, source }) => type !== 'bind' || !(isShared(source, shares) || isKernelModules(source)),
    );
    inherited.push(...volumesOf(mounts, (source) => bindRefusal(source, image, vmHas)));
  }
  return vetVolumes(engine, [...volumes, ...inherited]);
};

/** Which mounts of a HostConfig are of the Docker socket. */
const isSocketBind = (bind: Json): boolean => {
  const [source = '', ...rest] = stringOf(bind).split(':');
  return rest.length > 0 && source.startsWith('/') && isDockerSocket(source);
};
const isSocketMount = (mount: Json): boolean =>
  stringAt(mount, 'Type') === 'bind' && isDockerSocket(stringAt(mount, 'Source'));

const wantsSocket = (hostConfig: JsonObject): boolean =>
  listAt(hostConfig, 'Binds').some(isSocketBind) || listAt(hostConfig, 'Mounts').some(isSocketMount);

/** A HostConfig with this socket wherever it had the Docker socket. */
const withSocket = (hostConfig: JsonObject, path: string): JsonObject =>
  withMembers(hostConfig, {
    Binds: mapped(member(hostConfig, 'Binds'), (bind) =>
      isSocketBind(bind) ? text([path, ...stringOf(bind).split(':').slice(1)].join(':')) : bind,
    ),
    Mounts: mapped(member(hostConfig, 'Mounts'), (mount) =>
      isSocketMount(mount) ? withMembers(mount, { Source: text(path) }) : mount,
    ),
  });

const mapped = (list: Json | undefined, change: (item: Json) => Json): Json | undefined =>
  list?.kind === 'list' ? { kind: 'list', items: list.items.map(change) } : list;

/** The body of a create with the environment that leads to the proxies, where it has none of its own. */
const withProxy = (body: JsonObject, proxy: ProxyServers | null): JsonObject => {
  const given = listAt(body, 'Env');
  const names = given.map((entry) => stringOf(entry).split('=')[0] ?? '');
  const added = proxyEnvironment(proxy, names).map(([name, value]) => text(`${name}=${value}`));
  return added.length === 0 ? body : withMembers(body, { Env: { kind: 'list', items: [...given, ...added] } });
};

const readBody = async (request: ApiRequest): Promise<Json> => {
  const body = await request.json(CREATE_CONTAINER);
  if (body === null) throw new Refusal(400, 'invalid JSON: got EOF while reading request body');
  return body;
};

/** POST /containers/create with isolation off: only the proxies are added. */
export const createPlainContainer: Handler = async (request, { settings }) => {
  if (proxyEnvironment(settings.proxy, []).length === 0) return FORWARD;
  const body = await readBody(request);
  return { kind: 'replace', body: withProxy(withMembers(body, {}), settings.proxy) };
};

/** What of a create is known before the engine is asked about anything. */
interface Vetted {
  readonly gathered: JsonObject;
  readonly hostConfig: JsonObject;
  readonly image: string;
  readonly sources: Sources;
}

const decide = async (request: ApiRequest, surroundings: Surroundings, vetted: Vetted): Promise<Verdict> => {
  const { engine, settings, sockets } = surroundings;
  const { gathered, hostConfig, image, sources } = vetted;
  const mounted = await vetExisting(surroundings, sources, image);
  const endpoints = member(member(gathered, 'NetworkingConfig'), 'EndpointsConfig');
  await vetNetworks(engine, async () => [stringAt(hostConfig, 'NetworkMode'), ...keysOf(endpoints)]);
  const isolated = withMembers(withoutCopy(hostConfig, mounted), { Runtime: text(ISOLATED_RUNTIME) });
  const bodyWith = (sent: JsonObject): Json => withProxy(withMembers(gathered, { HostConfig: sent }), settings.proxy);
  if (!wantsSocket(hostConfig)) return { kind: 'replace', query: request.query, body: bodyWith(isolated) };

  const socket = await sockets.forNew(stringAt(gathered, 'Image'));
  return {
    kind: 'replace',
    query: request.query,
    body: bodyWith(withSocket(isolated, socket.path)),
    shownAnswer: async (answer) => {
      const id = stringAt(parseJson(answer), 'Id');
      await socket.made(id);
    },
    release: async () => socket.withdraw(),
  };
};

/** The turn of a create: a volume keeps its options from the look at it until the engine has filled it. */
const takeTurn = async ({ hostConfig, sources }: Vetted, { volumeTurns }: Surroundings): Promise<() => void> => {
  if (describesVolume(hostConfig)) return volumeTurns.alone();
  return sources.volumes.length > 0 ? volumeTurns.shared() : () => undefined;
};

/**
 * POST /containers/create with isolation on. The runtime is the isolated one whatever was asked, the VM's user namespace
 * can't be asked for, no mount comes from the VM's own files, no log goes to its sockets, and no network leads past its
 * firewall. Sharing the VM's other namespaces passes: the runtime refuses it at start, and the engine does nothing with it
 * before.
 */
export const createContainer: Handler = async (request, surroundings) => {
  const { shares, vmHas, realPath } = surroundings;
  const gathered = gatherHostConfig(await readBody(request));
  const hostConfig = vetHostConfig(withMembers(member(gathered, 'HostConfig'), {}));
  const image = repositoryName(stringAt(gathered, 'Image'));
  const vetShared = (source: string): Refusal | null => {
    if (!isShared(source, shares)) return bindRefusal(source, image, vmHas);
    // The engine would make what is missing behind a link, before the runtime refuses where that leads.
    const real = realPath(source);
    return isShared(real, shares) ? null : bindRefusal(real, image, vmHas);
  };
  const vetBind = (source: string): Refusal | null => (isKernelModules(source) ? null : vetShared(source));
  const vetted = { gathered, hostConfig, image, sources: vetMounts(hostConfig, vetBind) };
  const answered = await takeTurn(vetted, surroundings);
  try {
    return { ...(await decide(request, surroundings, vetted)), answered };
  } catch (error) {
    answered();
    throw error;
  }
};
