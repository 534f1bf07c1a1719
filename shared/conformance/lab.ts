import { z } from 'zod';
import { type Grpc, NO_GRPC } from './grpc.ts';

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

/** Sends text as it is on a connection of its own, and gives what came back until it ended or nothing more came. */
export type Speak = (text: string) => Promise<string>;

/** Connections of their own, for attacks on the protocols themselves. */
export interface Connections {
  readonly speak: Speak;
  readonly grpc: Grpc;
}

export type HostConfig = Readonly<Record<string, unknown>>;

/** The body of POST /containers/create, as far as it matters here (Docker Engine API v1.44). */
export interface ContainerConfig {
  readonly Image?: string;
  readonly Cmd?: readonly string[];
  readonly HostConfig?: HostConfig;
  readonly [field: string]: unknown;
}

/** A container that sleeps as long as attacks are carried out. */
export const RESIDENT = 'resident';

/** Everything the suite makes has this label, and this at the front of its name, and is removed by them. */
export const CHECK_LABEL = 'org.bulkhead.check';
export const CHECK_NAME = 'bulkhead-check-';

/** What attacks are carried out with. Observations are texts: `ran: OUTPUT` or `refused: MESSAGE`. */
export interface Lab extends Connections {
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

const MESSAGE = z.object({ message: z.string() });
const WITH_ID = z.object({ Id: z.string() });
const LISTED = z.array(WITH_ID);
const VOLUMES = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullish() });

const decoder = new TextDecoder();

/** The engine's own words in an answer of 400 or more. */
const messageIn = (body: Uint8Array): string => {
  const text = decoder.decode(body);
  try {
    return MESSAGE.parse(JSON.parse(text)).message;
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

/** Runs `work` while a container of this name sleeps; the refusal where the engine does not start it. */
export const beside = (lab: Lab, name: string, config: ContainerConfig, work: () => Promise<string>): Promise<string> =>
  observe(async () => {
    try {
      await lab.create(name, { Cmd: ['sleep', '100000'], ...config });
      await lab.start(name);
      return await work();
    } finally {
      await lab.remove(name);
    }
  });

const POLL_MS = 500;
const POLLS = 240;

/** Asks again and again until the answer says what is waited for, or two minutes have passed; gives the last answer. */
export const waitFor = async (answer: () => Promise<string>, expected: RegExp): Promise<string> => {
  for (let left = POLLS; ; left -= 1) {
    const said = await answer();
    if (expected.test(said) || left === 0) return said;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

const NO_CONNECTIONS: Connections = {
  speak: () => Promise.reject(new Error('This engine is asked whole requests only.')),
  grpc: NO_GRPC,
};

/** @param connections for attacks on the protocols themselves; without them there are none */
export const createLab = (ask: AskEngine, image: string, connections: Connections = NO_CONNECTIONS): Lab => {
  let count = 0;

  const demand = async (request: ApiRequest): Promise<Uint8Array> => {
    const { status, body } = await ask(request);
    if (status >= 400) throw new Refused(status, messageIn(body));
    return body;
  };
  /** The id of what a request made. */
  const made = async (request: ApiRequest): Promise<string> =>
    WITH_ID.parse(JSON.parse(decoder.decode(await demand(request)))).Id;

  const create: Lab['create'] = async (name, config) => {
    const body = { Image: image, ...config, Labels: { [CHECK_LABEL]: 'true' } };
    return made({ method: 'POST', path: `/containers/create?name=${named(name)}`, body });
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
    ...connections,
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
        const id = await made({
          method: 'POST',
          path: `/containers/${named(name)}/exec`,
          body: { AttachStdout: true, AttachStderr: true, Cmd: ['sh', '-c', script], ...options },
        });
        const output = await demand({
          method: 'POST',
          path: `/exec/${id}/start`,
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
  const containers = LISTED.parse(await list(`/containers/json?all=1&filters=${filter}`));
  for (const { Id } of containers) await ask({ method: 'DELETE', path: `/containers/${Id}?force=1&v=1` });
  const { Volumes } = VOLUMES.parse(await list(`/volumes?filters=${filter}`));
  for (const { Name } of Volumes ?? []) await ask({ method: 'DELETE', path: `/volumes/${Name}?force=1` });
  const networks = LISTED.parse(await list(`/networks?filters=${filter}`));
  for (const { Id } of networks) await ask({ method: 'DELETE', path: `/networks/${Id}` });
};
