/** A request to the Docker API, without the version in its path. */
export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Bytes are sent as a tar archive, everything else as JSON. */
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Any status resolves; a broken connection and a passed deadline reject. */
export type AskEngine = (request: ApiRequest) => Promise<ApiAnswer>;

/** The body of POST /containers/create, as far as it matters here (Docker Engine API v1.44). */
export interface ContainerConfig {
  readonly Image?: string;
  readonly Cmd?: readonly string[];
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Everything the suite makes has this label, and this at the front of its name, and is removed by them. */
export const CHECK_LABEL = 'org.bulkhead.check';
export const CHECK_NAME = 'bulkhead-check-';

/** What attacks are carried out with. Observations are texts: `ran: OUTPUT` or `refused: MESSAGE`. */
export interface Lab {
  readonly image: string;
  readonly ask: AskEngine;
  /** An observation of one request: its status and its text, or the refusal. */
  readonly request: (request: ApiRequest) => Promise<string>;
  /** Runs a shell line in a new container, which is removed again. */
  readonly run: (script: string, config?: ContainerConfig) => Promise<string>;
  /** Makes a container and leaves it; the id, or the refusal as thrown `Refused`. */
  readonly create: (name: string, config: ContainerConfig) => Promise<string>;
  readonly start: (name: string) => Promise<void>;
  readonly exec: (name: string, script: string, options?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly remove: (name: string) => Promise<void>;
}

/** The engine refused a request. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}

const decoder = new TextDecoder();

/** The engine's own words in an answer of 400 or more. */
const messageIn = (body: Uint8Array): string => {
  const text = decoder.decode(body);
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
};

/** The text of a log or of an exec without a terminal: frames of an 8-byte header and as many bytes as it says. */
export const decodeFrames = (body: Uint8Array): string => {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let text = '';
  const streaming = new TextDecoder();
  for (let at = 0; at + 8 <= body.length;) {
    const length = view.getUint32(at + 4);
    text += streaming.decode(body.subarray(at + 8, at + 8 + length), { stream: true });
    at += 8 + length;
  }
  return text;
};

const named = (name: string): string => encodeURIComponent(`${CHECK_NAME}${name}`);

/** Runs `work` and turns a refusal into an observation. */
export const observe = async (work: () => Promise<string>): Promise<string> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) return `refused: ${error.message.trim()}`;
    throw error;
  }
};

export const createLab = (ask: AskEngine, image: string): Lab => {
  let count = 0;

  const demand = async (request: ApiRequest): Promise<Uint8Array> => {
    const { status, body } = await ask(request);
    if (status >= 400) throw new Refused(status, messageIn(body));
    return body;
  };
  const json = async (request: ApiRequest): Promise<Readonly<Record<string, unknown>>> =>
    JSON.parse(decoder.decode(await demand(request))) as Readonly<Record<string, unknown>>;

  const create: Lab['create'] = async (name, config) => {
    const body = { Image: image, ...config, Labels: { [CHECK_LABEL]: 'true' } };
    const { Id } = await json({ method: 'POST', path: `/containers/create?name=${named(name)}`, body });
    return String(Id);
  };
  const start: Lab['start'] = async (name) => {
    await demand({ method: 'POST', path: `/containers/${named(name)}/start` });
  };
  const remove: Lab['remove'] = async (name) => {
    const { status, body } = await ask({ method: 'DELETE', path: `/containers/${named(name)}?force=1&v=1` });
    if (status >= 400 && status !== 404) throw new Refused(status, messageIn(body));
  };

  return {
    image,
    ask,
    create,
    start,
    remove,
    request: (request) =>
      observe(async () => {
        const body = await demand(request);
        return `ran: ${decoder.decode(body).trim()}`;
      }),
    run: async (script, config = {}) => {
      count += 1;
      const name = `run-${count}`;
      return observe(async () => {
        try {
          await create(name, { Cmd: ['sh', '-c', script], ...config });
          await start(name);
          await demand({ method: 'POST', path: `/containers/${named(name)}/wait` });
          const logs = await demand({ method: 'GET', path: `/containers/${named(name)}/logs?stdout=1&stderr=1` });
          return `ran: ${decodeFrames(logs).trim()}`;
        } finally {
          await remove(name);
        }
      });
    },
    exec: (name, script, options = {}) =>
      observe(async () => {
        const { Id } = await json({
          method: 'POST',
          path: `/containers/${named(name)}/exec`,
          body: { AttachStdout: true, AttachStderr: true, Cmd: ['sh', '-c', script], ...options },
        });
        const output = await demand({
          method: 'POST',
          path: `/exec/${String(Id)}/start`,
          body: { Detach: false, Tty: false },
        });
        return `ran: ${decodeFrames(output).trim()}`;
      }),
  };
};

/** Removes everything with the label of the suite. What is not there any more is no error. */
export const cleanUp = async (ask: AskEngine): Promise<void> => {
  const filter = encodeURIComponent(JSON.stringify({ label: [CHECK_LABEL] }));
  const list = async (path: string): Promise<unknown> => {
    const { status, body } = await ask({ method: 'GET', path });
    if (status >= 400) throw new Refused(status, messageIn(body));
    return JSON.parse(decoder.decode(body));
  };
  const containers = (await list(`/containers/json?all=1&filters=${filter}`)) as readonly { readonly Id: string }[];
  for (const { Id } of containers) await ask({ method: 'DELETE', path: `/containers/${Id}?force=1&v=1` });
  const { Volumes } = (await list(`/volumes?filters=${filter}`)) as {
    readonly Volumes: readonly { readonly Name: string }[] | null;
  };
  for (const { Name } of Volumes ?? []) await ask({ method: 'DELETE', path: `/volumes/${Name}?force=1` });
  const networks = (await list(`/networks?filters=${filter}`)) as readonly { readonly Id: string }[];
  for (const { Id } of networks) await ask({ method: 'DELETE', path: `/networks/${Id}` });
};
