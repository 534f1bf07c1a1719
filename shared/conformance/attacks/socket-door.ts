import type { Attempt } from '../attack.ts';
import {
  CHECK_LABEL,
  CHECK_NAME,
  type ContainerConfig,
  decodeFrames,
  type HostConfig,
  type Lab,
  observe,
} from '../lab.ts';

/*
 * The door that a container with the Docker socket has.
 */

export const SOCKET_BIND = '/var/run/docker.sock:/var/run/docker.sock';
export const SOCKET_DOOR = 'the Docker socket in a container';
const INNER = 'inner';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A request through the socket: its method and its path, and its body if it has one. */
export interface SocketRequest {
  readonly line: string;
  readonly body?: unknown;
}

/** A shell line that sends a request to the socket in its container and prints the whole answer. */
const request = ({ line, body }: SocketRequest): string => {
  const content = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${line} HTTP/1.1`,
    'Host: docker',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${content.length}`,
    // What docker push sends of credentials: none.
    'X-Registry-Auth: e30=',
  ];
  return `printf %s\\\\r\\\\n ${head.map(quoted).join(' ')} '' >/tmp/request; printf %s ${quoted(content)} >>/tmp/request; attack converse /var/run/docker.sock </tmp/request`;
};

/** A shell program that sends requests one after the other and prints for each one line: the status and, of a refusal, the message. */
export const answers = (requests: readonly SocketRequest[]): string =>
  requests
    .map(
      (each) =>
        `echo ${quoted(each.line)} "-> $( (${request(each)}) | busybox tr -d '\\r' | ` +
        `sed -n '1s/^HTTP.1.1 //p; s/^{"message":\\(".*"\\)}$/\\1/p' | busybox tr '\\n' ' ')"`,
    )
    .join('\n');

/** Runs a shell program in a container with the socket, of the attacks' image where no other is given. */
export const withSocket = (lab: Lab, program: string, image: string = lab.image): Promise<string> =>
  lab.run(program, { Image: image, HostConfig: { Binds: [SOCKET_BIND] } });

/** The whole answer to one request through the socket. */
export const asking = (single: SocketRequest, image?: string): Attempt => ({
  kind: 'api',
  door: SOCKET_DOOR,
  perform: (lab) => withSocket(lab, `(${request(single)}) | busybox tr -d '\\r'`, image),
});

/** What `answers` says of requests through the socket. */
export const askingAll = (requests: readonly SocketRequest[], image?: string): Attempt => ({
  kind: 'api',
  door: SOCKET_DOOR,
  perform: (lab) => withSocket(lab, answers(requests), image),
});

/**
 * Makes and starts a container through the socket, and gives what that one printed or the refusal.
 *
 * @param config of that container, which without a command prints how its ids are mapped
 * @param image of the container that has the socket
 */
export const starting = (hostConfig: HostConfig, config: ContainerConfig = {}, image?: string): Attempt => ({
  kind: 'api',
  door: SOCKET_DOOR,
  perform: (lab) =>
    observe(async () => {
      const name = `${CHECK_NAME}${INNER}`;
      const body = {
        Image: lab.image,
        Cmd: ['cat', '/proc/self/uid_map'],
        ...config,
        HostConfig: hostConfig,
        Labels: { [CHECK_LABEL]: 'true' },
      };
      try {
        const said = await withSocket(
          lab,
          [
            request({ line: `POST /v1.44/containers/create?name=${name}`, body }),
            request({ line: `POST /v1.44/containers/${name}/start` }),
            request({ line: `POST /v1.44/containers/${name}/wait` }),
          ].join('; '),
          image,
        );
        const logs = await lab.ask({ method: 'GET', path: `/containers/${name}/logs?stdout=1` });
        const printed = logs.status === 200 ? decodeFrames(logs.body).trim().replaceAll(/\s+/gu, ' ') : '';
        return printed === '' ? `refused: ${said}` : `ran: ${printed}`;
      } finally {
        await lab.remove(INNER);
      }
    }),
});

/** The text for a command that the list refuses (Docker's manual, "Docker socket command list"), as JSON has it in a string. */
export const blocked = (path: string): string =>
  `enhanced container isolation: docker command \\\\?"${path}\\\\?" is blocked; if you wish to allow it, ` +
  'configure the docker socket command list in the .*settings';

/** The repository and the tag of a reference that has one. */
export const partsOf = (reference: string): { readonly repository: string; readonly tag: string } => {
  const at = reference.lastIndexOf(':');
  return { repository: reference.slice(0, at), tag: reference.slice(at + 1) };
};

/** Where a reference is pulled from, as POST /images/create has it. */
export const pullPath = (reference: string): string => {
  const { repository, tag } = partsOf(reference);
  return `/images/create?fromImage=${encodeURIComponent(repository)}&tag=${tag}`;
};

/** Pulls an image, and gives what the engine said. */
export const pull = async (lab: Lab, reference: string): Promise<string> => {
  const said = await lab.request({ method: 'POST', path: pullPath(reference) });
  // An error in a pull comes at the end of an answer that began well.
  return said.includes('"error":') ? `refused: ${said}` : said;
};
