import { z } from 'zod';
import type { ContainerSummary } from '../../../shared/contract/engine.ts';
import type { Connect } from '../agent/connection.ts';
import { requestOver, type HttpRequest } from '../agent/http.ts';
import { readable } from '../text.ts';

/** The part of Docker's API that the engine itself needs (Docker Engine API reference, v1.44). */
export interface Docker {
  readonly ping: (signal: AbortSignal) => Promise<void>;
  /** All containers but probes, running or not, with the runtime each was created with. */
  readonly list: (signal: AbortSignal) => Promise<readonly ContainerSummary[]>;
  /** Ids of probe containers, which an app that ended in the wrong moment leaves behind. */
  readonly listProbes: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Stops a container if it runs and removes it with its file system; its volumes stay. */
  readonly remove: (id: string, graceSeconds: number, signal: AbortSignal) => Promise<void>;
  readonly create: (name: string, body: unknown, signal: AbortSignal) => Promise<string>;
  readonly start: (id: string, signal: AbortSignal) => Promise<void>;
  /** Resolves with the exit code when the container has ended. */
  readonly wait: (id: string, signal: AbortSignal) => Promise<number>;
  readonly logs: (id: string, signal: AbortSignal) => Promise<string>;
  readonly inspect: (id: string, signal: AbortSignal) => Promise<{ readonly runtime: string }>;
}

const API = '/v1.44';
const ERROR = z.object({ message: z.string() });
const LIST = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Image: z.string(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);
const INSPECT = z.object({ HostConfig: z.object({ Runtime: z.string().nullish() }) });
const CREATED = z.object({ Id: z.string() });
const WAITED = z.object({ StatusCode: z.number() });

/** Marks a container as Bulkhead's own; both are asked for, so that nobody's container is taken for one by chance. */
export const PROBE_LABEL = 'org.bulkhead.probe';
export const PROBE_NAME = 'bulkhead-probe-';

const isProbe = ({ Names, Labels }: z.infer<typeof LIST>[number]): boolean =>
  Labels?.[PROBE_LABEL] === 'true' && Names?.[0]?.startsWith(`/${PROBE_NAME}`) === true;

/** Docker Engine refused a request; `status` is HTTP's. */
export class DockerError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DockerError';
    this.status = status;
  }
}

const messageOf = (body: Buffer): string => {
  try {
    return ERROR.parse(JSON.parse(body.toString())).message;
  } catch {
    return body.toString();
  }
};

/**
 * The text of a log stream of a container without a terminal: frames of an 8-byte header (stream, three zeros, length
 * as 32-bit big-endian) and as many bytes. A frame that is cut short ends the text.
 */
export const decodeLogs = (body: Buffer): string => {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= body.length;) {
    const length = body.readUInt32BE(at + 4);
    parts.push(body.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString();
};

export const createDocker = (connect: Connect): Docker => {
  const ask = async (request: HttpRequest, signal: AbortSignal): Promise<Buffer> => {
    const { status, body } = await requestOver(
      connect,
      'docker',
      { ...request, path: `${API}${request.path}` },
      signal,
    );
    if (status >= 400) throw new DockerError(status, readable(messageOf(body)));
    return body;
  };
  const json = async (request: HttpRequest, signal: AbortSignal): Promise<unknown> =>
    JSON.parse((await ask(request, signal)).toString());

  const entries = async (signal: AbortSignal) =>
    LIST.parse(await json({ method: 'GET', path: '/containers/json?all=1' }, signal));

  const inspect: Docker['inspect'] = async (id, signal) => {
    const { HostConfig } = INSPECT.parse(await json({ method: 'GET', path: `/containers/${id}/json` }, signal));
    return { runtime: readable(HostConfig.Runtime ?? '') };
  };

  const summarise = async (entry: z.infer<typeof LIST>[number], signal: AbortSignal) => {
    try {
      return {
        id: entry.Id,
        name: readable((entry.Names?.[0] ?? entry.Id.slice(0, 12)).replace(/^\//, '')),
        image: readable(entry.Image),
        running: entry.State === 'running',
        runtime: (await inspect(entry.Id, signal)).runtime,
      };
    } catch (error) {
      // It was removed since it was listed.
      if (error instanceof DockerError && error.status === 404) return null;
      throw error;
    }
  };

  return {
    ping: async (signal) => {
      await ask({ method: 'GET', path: '/_ping' }, signal);
    },
    list: async (signal) => {
      const users = (await entries(signal)).filter((entry) => !isProbe(entry));
      const found = await Promise.all(users.map((entry) => summarise(entry, signal)));
      return found.filter((entry) => entry !== null);
    },
    listProbes: async (signal) => (await entries(signal)).filter(isProbe).map(({ Id }) => Id),
    remove: async (id, graceSeconds, signal) => {
      try {
        await ask({ method: 'POST', path: `/containers/${id}/stop?t=${graceSeconds}` }, signal);
        await ask({ method: 'DELETE', path: `/containers/${id}?force=1` }, signal);
      } catch (error) {
        if (!(error instanceof DockerError && error.status === 404)) throw error;
      }
    },
    create: async (name, body, signal) =>
      CREATED.parse(await json({ method: 'POST', path: `/containers/create?name=${name}`, body }, signal)).Id,
    start: async (id, signal) => {
      await ask({ method: 'POST', path: `/containers/${id}/start` }, signal);
    },
    wait: async (id, signal) =>
      WAITED.parse(await json({ method: 'POST', path: `/containers/${id}/wait` }, signal)).StatusCode,
    logs: async (id, signal) =>
      decodeLogs(await ask({ method: 'GET', path: `/containers/${id}/logs?stdout=1&stderr=1` }, signal)),
    inspect,
  };
};
