import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { Refusal } from './refusal.ts';

/** What the gateway asks the engine on its own account. */
export interface Engine {
  /** By name, id or prefix of an id; null when the engine knows none. Throws a Refusal when the engine can't be asked. */
  inspectContainer(name: string): Promise<ContainerView | null>;
  /**
   * What a path of a container is a link to, as a path of the container without links; '' when it is no link. Null when the engine
   * cannot look there, or not without following a link.
   */
  linkTarget(id: string, path: string): Promise<string | null>;
  /** Whether the container is paused now and was not before; false as well when it is not running. Throws a Refusal. */
  pause(id: string): Promise<boolean>;
  /** Resumes a paused container; what is not paused, or gone, is left. Throws a Refusal when the engine can't be asked. */
  unpause(id: string): Promise<void>;
  inspectVolume(name: string): Promise<VolumeView | null>;
  inspectImage(name: string): Promise<ImageView | null>;
  /** Ids of the images that came from a registry. */
  listRegistryImages(): Promise<readonly string[]>;
  /** The digest that the registry has for a reference now. Throws a Refusal when it can't be found out. */
  registryDigest(reference: string): Promise<string>;
  inspectExec(id: string): Promise<ExecView | null>;
  /** All networks but those that the engine has by itself. Throws a Refusal when it can't be asked. */
  listMadeNetworks(): Promise<readonly NetworkView[]>;
}

export interface ContainerView {
  readonly id: string;
  /** As it was asked for at create. */
  readonly image: string;
  readonly imageId: string;
  /** Also while it is paused. */
  readonly running: boolean;
  /** Process id in the VM, 0 when not running. */
  readonly pid: number;
  /** Where the engine's own view of the container's root is mounted while it runs; null for storage without such. */
  readonly mergedDir: string | null;
  readonly mounts: readonly MountView[];
  /** Names or ids of the networks that it is on, or will be when it runs. */
  readonly networks: readonly string[];
}

export interface ImageView {
  readonly id: string;
  /** `name@sha256:…`, under which the engine got it from a registry, or gave it to one. */
  readonly repoDigests: readonly string[];
  /** Digests of its layers, the lowest first. */
  readonly layers: readonly string[];
}

export interface ExecView {
  /** Id of the container. */
  readonly container: string;
  /** As it was asked for, '' for none. */
  readonly user: string;
}

export interface NetworkView {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
}

export interface MountView {
  readonly type: string;
  readonly source: string;
  /** The volume's name, '' for other mounts. */
  readonly name: string;
}

export interface VolumeView {
  readonly driver: string;
  readonly options: ReadonlyMap<string, string>;
}

/** An inspect waits for the container's lock; one that takes longer means that the container is stuck. */
const DEADLINE_MS = 30_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Docker Engine API, "Get information about files in a container". */
const PATH_STAT = 'x-docker-container-path-stat';

interface EngineAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const containerView = (answer: Fields): ContainerView => {
  const state = fieldsOf(answer['State']);
  const pid = state['Pid'];
  const networks = Object.entries(fieldsOf(fieldsOf(answer['NetworkSettings'])['Networks']));
  return {
    id: textOf(answer['Id']),
    image: textOf(fieldsOf(answer['Config'])['Image']),
    imageId: textOf(answer['Image']),
    running: state['Running'] === true,
    pid: typeof pid === 'number' ? pid : 0,
    mergedDir: textOf(fieldsOf(fieldsOf(answer['GraphDriver'])['Data'])['MergedDir']) || null,
    mounts: listOf(answer['Mounts'])
      .map(fieldsOf)
      .map((mount) => ({
        type: textOf(mount['Type']),
        source: textOf(mount['Source']),
        name: textOf(mount['Name']),
      })),
    networks: networks.flatMap(([name, network]) => [name, textOf(fieldsOf(network)['NetworkID'])]),
  };
};

const volumeView = (answer: Fields): VolumeView => ({
  driver: textOf(answer['Driver']),
  options: new Map(Object.entries(fieldsOf(answer['Options'])).map(([key, value]) => [key, textOf(value)])),
});

const imageView = (answer: Fields): ImageView => ({
  id: textOf(answer['Id']),
  repoDigests: listOf(answer['RepoDigests']).map(textOf),
  layers: listOf(fieldsOf(answer['RootFS'])['Layers']).map(textOf),
});

const execView = (answer: Fields): ExecView => ({
  container: textOf(answer['ContainerID']),
  user: textOf(fieldsOf(answer['ProcessConfig'])['user']),
});

const networkView = (answer: Fields): NetworkView => ({
  id: textOf(answer['Id']),
  name: textOf(answer['Name']),
  driver: textOf(answer['Driver']),
});

/** The engine behind its UNIX socket. `name`s come from paths and names that the caller has checked. */
export const engineAt = (socketPath: string): Engine & { close(): void } => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 2 });

  const fail = (path: string, why: string): Refusal =>
    new Refusal(
      503,
      `Bulkhead could not ask the Docker Engine about ${path}: ${why}. Try again, or restart the engine.`,
    );

  const ask = (method: 'GET' | 'HEAD' | 'POST', path: string): Promise<EngineAnswer> =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const broken = (error: Error): void => {
        reject(fail(path, signal.aborted ? `no answer in ${DEADLINE_MS / 1000} seconds` : error.message));
      };
      const asking = request({ socketPath, method, path, agent, signal }, (answer) => {
        const pieces: Buffer[] = [];
        let size = 0;
        answer.on('data', (piece: Buffer) => {
          pieces.push(piece);
          size += piece.length;
          if (size > MAX_ANSWER_BYTES) answer.destroy(new Error('its answer is too long'));
        });
        answer.on('error', broken);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(pieces).toString('utf8'),
          }),
        );
      });
      asking.on('error', broken);
      asking.end();
    });

  const get = async (path: string): Promise<unknown> => {
    const { status, body } = await ask('GET', path);
    if (status === 404) return null;
    if (status !== 200) throw fail(path, `it answered with status ${status}`);
    try {
      return JSON.parse(body);
    } catch {
      throw fail(path, 'its answer is not JSON');
    }
  };

  const getAs = async <T>(path: string, view: (answer: Fields) => T): Promise<T | null> => {
    const answer = await get(path);
    return answer === null ? null : view(fieldsOf(answer));
  };

  return {
    inspectContainer: (name) => getAs(`/containers/${name}/json`, containerView),
    linkTarget: async (id, path) => {
      const { status, headers } = await ask('HEAD', `/containers/${id}/archive?path=${encodeURIComponent(path)}`);
      const stat = headers[PATH_STAT];
      if (status !== 200 || typeof stat !== 'string') return null;
      return textOf(fieldsOf(JSON.parse(Buffer.from(stat, 'base64').toString('utf8')))['linkTarget']);
    },
    pause: async (id) => {
      const { status } = await ask('POST', `/containers/${id}/pause`);
      // 409 is what it says of a container that is paused or not running, 404 of one that is gone.
      if (status === 204 || status === 404 || status === 409) return status === 204;
      throw fail(`/containers/${id}/pause`, `it answered with status ${status}`);
    },
    unpause: async (id) => {
      const { status, body } = await ask('POST', `/containers/${id}/unpause`);
      if (status === 204 || status === 404 || status === 409 || /is not paused/.test(body)) return;
      throw fail(`/containers/${id}/unpause`, `it answered with status ${status}`);
    },
    inspectVolume: (name) => getAs(`/volumes/${name}`, volumeView),
    inspectImage: (name) => getAs(`/images/${name}/json`, imageView),
    listRegistryImages: async () =>
      listOf(await get('/images/json'))
        .map(fieldsOf)
        .filter((image) => listOf(image['RepoDigests']).length > 0)
        .map((image) => textOf(image['Id'])),
    registryDigest: async (reference) => {
      const path = `/distribution/${reference}/json`;
      const { status, body } = await ask('GET', path);
      const answer: unknown = status === 200 ? JSON.parse(body) : null;
      const digest = textOf(fieldsOf(fieldsOf(answer)['Descriptor'])['digest']);
      if (digest !== '') return digest;
      throw new Refusal(
        403,
        `Bulkhead could not find out at its registry which image ${reference} is; an entry with a digest, or with the tag *, ` +
          'needs no registry.',
      );
    },
    inspectExec: (id) => getAs(`/exec/${id}/json`, execView),
    listMadeNetworks: async () => {
      const filters = encodeURIComponent(JSON.stringify({ type: ['custom'] }));
      return listOf(await get(`/networks?filters=${filters}`))
        .map(fieldsOf)
        .map(networkView);
    },
    close: () => agent.destroy(),
  };
};
