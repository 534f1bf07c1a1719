import type { Attack } from '../attack.ts';
import { CHECK_LABEL, CHECK_NAME, RESIDENT } from '../lab.ts';
import { asking, askingAll, blocked, starting } from './socket-door.ts';

/** Commands that the list of the permitted boot denies. */
export const DENIED_COMMANDS: readonly string[] = ['push', 'build'];

const denied = (id: string, title: string, line: string, path: string): Attack => ({
  id: `90 ${id}`,
  title,
  attempt: asking({ line }),
  outcome: 'refused',
  expected: new RegExp(`^ran: HTTP/1\\.1 403 [\\s\\S]*${blocked(path)}`, 'u'),
  harm: /^ran: HTTP\/1\.1 (?!403)/u,
});

const MADE = 'bulkhead-check-through-socket';
const made = { Name: MADE, Labels: { [CHECK_LABEL]: 'true' } };
const resident = `container:${CHECK_NAME}${RESIDENT}`;

/** What a container may do that was given the Docker socket by the settings. */
export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    id: '90',
    title: 'a container of an allowed image asks for the list of containers',
    attempt: asking({ line: 'GET /v1.44/containers/json' }),
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
  {
    id: '90 joined',
    title:
      'a container started through the socket in the network and among the processes of another, with --privileged',
    attempt: starting(
      { Privileged: true, NetworkMode: resident, PidMode: resident },
      {
        Cmd: [
          'sh',
          '-c',
          'cat /proc/self/uid_map; [ $(readlink /proc/self/ns/net) = $(readlink /proc/1/ns/net) ] && echo network of; busybox tr "\\0" " " </proc/1/cmdline',
        ],
      },
    ),
    outcome: 'neutralised',
    expected: /^ran: 0 [1-9]\d{5,9} 65536 network of sleep 100000$/u,
    harm: /^ran: 0 0 4294967295 network of sleep 100000$/u,
  },
  {
    id: '90 ulimit',
    title: 'a container started through the socket with --ulimit rtprio=99, where the VM has none',
    attempt: starting(
      { Ulimits: [{ Name: 'rtprio', Soft: 99, Hard: 99 }] },
      { Cmd: ['sed', '-n', 's/^Max realtime priority *\\([0-9]*\\) .*/priority \\1/p', '/proc/self/limits'] },
    ),
    outcome: 'neutralised',
    expected: /^ran: priority 0$/u,
    harm: /^ran: priority 99$/u,
  },
  {
    id: '90 made',
    title: 'a macvlan network, one with the VM’s own addresses and a volume of /etc, made through the socket',
    attempt: askingAll([
      { line: 'POST /v1.44/networks/create', body: { ...made, Driver: 'macvlan', Options: { parent: 'eth0' } } },
      { line: `DELETE /v1.44/networks/${MADE}` },
      {
        line: 'POST /v1.44/networks/create',
        body: { ...made, Driver: 'bridge', IPAM: { Config: [{ Subnet: '10.0.2.0/24' }] } },
      },
      {
        line: 'POST /v1.44/volumes/create',
        body: { ...made, Driver: 'local', DriverOpts: { type: 'none', o: 'bind', device: '/etc' } },
      },
      { line: `DELETE /v1.44/volumes/${MADE}` },
    ]),
    outcome: 'refused',
    expected:
      /^ran: \S+ \S+ -> 403 [^\n]*driver .{0,2}macvlan.{0,2} are not allowed[^\n]*\n\S+ \S+ -> 404 [^\n]*\n\S+ \S+ -> 400 [^\n]*lies in 10\.0\.2\.0\/24[^\n]*\n\S+ \S+ -> 403 [^\n]*\n\S+ \S+ -> 404 /u,
    harm: /create -> 201/u,
  },
];
