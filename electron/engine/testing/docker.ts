import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const CREATE = z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).default({}) });

interface FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly runtime: string;
  readonly labels: Readonly<Record<string, string>>;
  state: 'created' | 'running' | 'exited';
}

export interface FakeDocker {
  readonly handler: http.RequestListener;
  readonly containers: Map<string, FakeContainer>;
  /** METHOD path of each request, without ids. */
  readonly requests: string[];
}

export interface FakeDockerOptions {
  readonly runtime: string;
  /** What a container prints and its exit code. */
  readonly output: string;
  readonly exitCode?: number;
}

const frame = (stream: number, content: string) => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
};

/** As much of the Docker API as the engine uses. */
export const createFakeDocker = (options: () => FakeDockerOptions): FakeDocker => {
  const containers = new Map<string, FakeContainer>();
  const requests: string[] = [];

  const add = (name: string, { Image: image, Labels: labels }: z.infer<typeof CREATE>): FakeContainer => {
    const id = randomBytes(32).toString('hex');
    const container: FakeContainer = { id, name, image, labels, runtime: options().runtime, state: 'created' };
    containers.set(id, container);
    return container;
  };

  const answer = async (request: http.IncomingMessage): Promise<readonly [number, unknown]> => {
    const url = new URL(request.url ?? '/', 'http://docker');
    const [, , kind, id = '', action = ''] = url.pathname.split('/');
    requests.push(`${request.method} ${url.pathname.replace(/[0-9a-f]{64}/, 'ID')}`);
    if (kind === '_ping') return [200, 'OK'];
    if (id === 'json') {
      const list = [...containers.values()];
      return [
        200,
        list.map((each) => ({
          Id: each.id,
          Names: [`/${each.name}`],
          Image: each.image,
          State: each.state,
          Labels: each.labels,
        })),
      ];
    }
    if (id === 'create') {
      const body = CREATE.parse(await json(request));
      return [201, { Id: add(url.searchParams.get('name') ?? '', body).id, Warnings: [] }];
    }
    const container = containers.get(id);
    if (container === undefined) return [404, { message: `No such container: ${id}` }];
    if (request.method === 'DELETE') {
      containers.delete(id);
      return [204, null];
    }
    switch (action) {
      case 'start':
        container.state = 'exited';
        return [204, null];
      case 'stop':
        container.state = 'exited';
        return [304, null];
      case 'wait':
        return [200, { StatusCode: options().exitCode ?? 0 }];
      case 'logs':
        return [200, frame(1, options().output)];
      case 'json':
        return [200, { Id: id, HostConfig: { Runtime: container.runtime } }];
      default:
        return [404, { message: 'page not found' }];
    }
  };

  const handler: http.RequestListener = (request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status);
      if (body === null) response.end();
      else response.end(Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body));
    });
  };
  return { handler, containers, requests };
};

/** Puts a container there as if a user had made it. */
export const addContainer = (
  docker: FakeDocker,
  name: string,
  runtime: string,
  state: FakeContainer['state'],
  labels: FakeContainer['labels'] = {},
): void => {
  const id = randomBytes(32).toString('hex');
  docker.containers.set(id, { id, name, image: 'nginx', runtime, labels, state });
};
