import type { Attack, Attempt } from '../attack.ts';
import { CHECK_LABEL, decodeFrames, type Lab, observe } from '../lab.ts';

const SOCKET = { HostConfig: { Binds: ['/var/run/docker.sock:/var/run/docker.sock'] } };
const INNER = 'bulkhead-check-inner';

/** Commands that the list of the permitted boot denies. */
export const DENIED_COMMANDS: readonly string[] = ['push', 'build'];

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A line that sends a request to the socket in its container and prints the answer. */
const request = (line: string, body?: unknown): string => {
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

/** What a container with the socket is answered to one request. */
const asking = (line: string, body?: unknown): Attempt => ({
  kind: 'api',
  door: 'the Docker socket in a container',
  perform: (lab) => lab.run(`(${request(line, body)}) | busybox tr -d '\\r'`, SOCKET),
});

const inner = (lab: Lab, hostConfig: object): object => ({
  Image: lab.image,
  Cmd: ['cat', '/proc/self/uid_map'],
  HostConfig: hostConfig,
  Labels: { [CHECK_LABEL]: 'true' },
});

/** Makes and starts a container through the socket, and gives what that one printed or the refusal. */
const starting = (hostConfig: object): Attempt => ({
  kind: 'api',
  door: 'the Docker socket in a container',
  perform: (lab) =>
    observe(async () => {
      try {
        const lines = [
          request(`POST /v1.44/containers/create?name=${INNER}`, inner(lab, hostConfig)),
          request(`POST /v1.44/containers/${INNER}/start`),
          request(`POST /v1.44/containers/${INNER}/wait`),
        ];
        const said = await lab.run(lines.join('; '), SOCKET);
        const { status, body } = await lab.ask({ method: 'GET', path: `/containers/${INNER}/logs?stdout=1` });
        const printed = status === 200 ? decodeFrames(body).trim().replaceAll(/\s+/gu, ' ') : '';
        return printed === '' ? `refused: ${said}` : `ran: ${printed}`;
      } finally {
        await lab.remove('inner');
      }
    }),
});

const denied = (id: string, title: string, line: string, path: string): Attack => ({
  id: `90 ${id}`,
  title,
  attempt: asking(line),
  outcome: 'refused',
  // Docker's manual, "Docker socket command list".
  expected: new RegExp(
    `^ran: HTTP/1\\.1 403 [\\s\\S]*enhanced container isolation: docker command \\\\?"${path}\\\\?" is blocked; if you wish to allow it, ` +
      'configure the docker socket command list in the .*settings',
    'u',
  ),
  harm: /^ran: HTTP\/1\.1 (?!403)/u,
});

/** What a container may do that was given the Docker socket by the settings. */
export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    id: '90',
    title: 'a container of an allowed image asks for the list of containers',
    attempt: asking('GET /v1.44/containers/json'),
    outcome: 'works',
    expected: /^ran: HTTP\/1\.1 200 /u,
    harm: null,
  },
  denied(
    'push',
    'docker push, which the command list denies',
    'POST /v1.44/images/bulkhead-check/attack/push?tag=1',
    '/v1\\.44/images/bulkhead-check/attack/push\\?tag=1',
  ),
  denied('build', 'docker build, which the command list denies', 'POST /v1.44/build', '/v1\\.44/build'),
  denied(
    'spelled',
    'docker push with another spelling of its path',
    'POST /v1.44/images/bulkhead-check%2Fattack/%70ush?tag=1',
    '/v1\\.44/images/[^"]*',
  ),
  {
    id: '90 isolated',
    title: 'what it starts through the socket, with --privileged and --userns=host',
    attempt: starting({ Privileged: true, UsernsMode: 'host' }),
    outcome: 'neutralised',
    expected: /^ran: 0 [1-9]\d{5,9} 65536$/u,
    harm: /^ran: 0 0 4294967295$/u,
  },
  {
    id: '90 bind',
    title: 'a container started through the socket that binds /etc',
    attempt: starting({ Binds: ['/etc:/x'] }),
    outcome: 'refused',
    expected: /^refused: [\s\S]*can't mount \/etc because it's configured as a restricted host mount/u,
    harm: /^ran: 0 0 4294967295$/u,
  },
  {
    id: '90 namespace',
    title: 'a container started through the socket with --pid=host',
    attempt: starting({ PidMode: 'host' }),
    outcome: 'refused',
    expected: /^refused: [\s\S]*can't share namespaces \[pid\]/u,
    harm: /^ran: 0 0 4294967295$/u,
  },
];
