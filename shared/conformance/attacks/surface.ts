import type { Attack, Attempt } from '../attack.ts';
import { buildContext } from '../archive.ts';
import { CHECK_LABEL, observe, RESIDENT, type Lab } from '../lab.ts';

const UID_MAP = `read -r a b c </proc/self/uid_map; echo "$a $b $c"`;
const MAPPED = /^ran: 0 [1-9]\d{5,9} 65536$/u;
const UNMAPPED = /^ran: 0 0 4294967295$/u;

const api = (door: string, perform: (lab: Lab) => Promise<string>): Attempt => ({ kind: 'api', door, perform });

const runtime = (id: string, name: string): Attack => ({
  id,
  title: `--runtime=${name}`,
  attempt: api('docker run', (lab) => lab.run(UID_MAP, { HostConfig: { Runtime: name } })),
  outcome: 'neutralised',
  expected: MAPPED,
  harm: UNMAPPED,
  safe: true,
});

/** crun acts on these as root of the VM before a container exists. */
const ANNOTATIONS = {
  'run.oci.hooks.stdout': '/run/bulkhead-attack',
  'run.oci.seccomp.plugins': '/bin/busybox',
  'run.oci.handler': 'krun',
  'run.oci.keep_original_groups': '1',
  'org.systemd.property.Description': "'attack'",
};

/** Writes through a bind of the VM, or a file of the VM that the program of a container would be. */
const xz = Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04]);

const tcp = (host: string, port: number): string =>
  `if busybox timeout 4 nc -w 2 ${host} ${port} </dev/null >/dev/null 2>&1; then echo "${host}:${port} connected"; else echo "${host}:${port} no connection"; fi`;

/** What the Docker API offers beside mounts. */
export const SURFACE: readonly Attack[] = [
  {
    id: '70',
    title: 'a working directory that is an open file of the runtime (CVE-2024-21626)',
    attempt: api('docker run', (lab) => lab.run('ls -d ../../../bulkhead', { WorkingDir: '/proc/self/fd/8' })),
    outcome: 'refused',
    expected: /^refused: |^ran: ls: /u,
    harm: /^ran: \.\./u,
    unharmed: 'closed in runc 1.1.12 and crun 1.14, which are older than those in the VM',
    safe: true,
  },
  {
    id: '70 exec',
    title: 'the same with docker exec --workdir',
    attempt: api('docker exec', (lab) =>
      lab.exec(RESIDENT, 'ls -d ../../../bulkhead', { WorkingDir: '/proc/self/fd/8' }),
    ),
    outcome: 'refused',
    expected: /^refused: |no such file|No such file|OCI runtime exec failed|not a directory/u,
    harm: /^ran: \.\./u,
    unharmed: 'closed in runc 1.1.12 and crun 1.14, which are older than those in the VM',
  },
  runtime('77 runc', 'runc'),
  {
    ...runtime('77 crun', 'crun'),
    unharmed: 'an engine without isolation knows no such runtime either',
  },
  {
    id: '78',
    title: '--annotation run.oci.hooks.stdout, seccomp.plugins, handler and others',
    attempt: {
      kind: 'config',
      group: 'ignored',
      door: 'docker run',
      hostConfig: { Annotations: ANNOTATIONS },
      script: UID_MAP,
    },
    outcome: 'neutralised',
    expected: MAPPED,
    harm: null,
    unharmed: 'plain runc knows none of them; crun acts on them before there is a container',
    safe: true,
  },
  {
    id: '79',
    title: 'docker plugin install, which runs code as the VM’s root',
    attempt: api('docker plugin install', (lab) =>
      lab.request({ method: 'POST', path: '/plugins/pull?remote=localhost:1/attack/plugin:1&name=attack', body: [] }),
    ),
    outcome: 'refused',
    expected: /plugins are not allowed/u,
    harm: /^ran:/u,
    unharmed: 'no registry with a plugin is at hand; the request reaches the engine, which looks for one',
    safe: true,
  },
  {
    id: '81',
    title: 'docker checkpoint',
    attempt: api('docker checkpoint', (lab) =>
      lab.request({
        method: 'POST',
        path: `/containers/bulkhead-check-${RESIDENT}/checkpoints`,
        body: { CheckpointID: 'one', Exit: false },
      }),
    ),
    outcome: 'refused',
    expected: /^refused: /u,
    harm: /^ran:/u,
    unharmed: 'the engine knows no checkpoints without its experimental features',
  },
  {
    id: '83 link',
    title: 'docker cp into a directory that the container made a link to /etc',
    attempt: api('docker cp', async (lab) => {
      const name = 'bulkhead-check-cplink';
      return observe(async () => {
        try {
          await lab.create('cplink', { Cmd: ['sh', '-c', 'ln -s /etc /x; rm -f /etc/passwd'] });
          await lab.start('cplink');
          await lab.request({ method: 'POST', path: `/containers/${name}/wait` });
          return await lab.request({ method: 'GET', path: `/containers/${name}/archive?path=/x/shadow` });
        } finally {
          await lab.remove('cplink');
        }
      });
    }),
    outcome: 'neutralised',
    expected: /^refused: Could not find the file/u,
    harm: /^ran:/u,
    unharmed: 'Docker itself follows links inside the container only',
    safe: true,
  },
  {
    id: '83 xz',
    title: 'an xz archive for docker cp, unpacked by the container’s own xz as the VM’s root',
    attempt: api('docker cp', (lab) =>
      observe(async () => {
        try {
          await lab.create('xz', { Cmd: ['true'] });
          return await lab.request({
            method: 'PUT',
            path: '/containers/bulkhead-check-xz/archive?path=/tmp',
            body: xz,
          });
        } finally {
          await lab.remove('xz');
        }
      }),
    ),
    outcome: 'refused',
    expected: /^refused: .*\bxz\b/iu,
    harm: /^ran:/u,
    unharmed: 'the VM’s own xz is run where the container has none, and says that these few bytes are no archive',
  },
  {
    id: '86 network',
    title: 'docker build --network=host',
    attempt: api('docker build', (lab) => build(lab, ['RUN ip -o -4 addr show && exit 1'], '&networkmode=host')),
    outcome: 'refused',
    expected: /a build cannot use the network of the VM|network\.host/u,
    harm: /\b10\.0\.2\.15\b/u,
  },
  {
    id: '91',
    title: 'services of the VM and of the host, from a container',
    attempt: {
      kind: 'script',
      batches: ['run'],
      script: [
        'gateway=$(ip route | sed -n "s/^default via \\([0-9.]*\\).*/\\1/p")',
        ...['$gateway', '10.0.2.15', '10.0.2.2', '169.254.169.254'].flatMap((host) =>
          [2375, 7070].map((port) => tcp(host, port)),
        ),
        'nc -l -p 9999 >/dev/null & until nc -w 1 127.0.0.1 9999 </dev/null; do kill -0 $! || exit; done; echo "its own: connected"',
      ].join('\n'),
    },
    outcome: 'refused',
    expected: /^(?:\S+:(?:2375|7070) no connection\n){8}its own: connected$/u,
    harm: /(?:2375|7070) connected/u,
    unharmed:
      'no such service listens with isolation off either; a listener of its own shows that a connection would be seen',
    safe: true,
  },
  {
    id: 'n1',
    title: 'a macvlan network, which leads past the VM’s firewall',
    attempt: api('docker network create', async (lab) => {
      const Name = 'bulkhead-check-macvlan';
      const made = await lab.request({
        method: 'POST',
        path: '/networks/create',
        body: { Name, Driver: 'macvlan', Options: { parent: 'eth0' }, Labels: { [CHECK_LABEL]: 'true' } },
      });
      if (made.startsWith('ran')) await lab.request({ method: 'DELETE', path: `/networks/${Name}` });
      return made;
    }),
    outcome: 'refused',
    expected: /networks of the driver "macvlan" are not allowed/u,
    harm: /^ran:/u,
    safe: true,
  },
  {
    id: 'n2',
    title: 'a log that the engine writes to a socket of the VM',
    attempt: api('docker run', (lab) =>
      lab.run('true', {
        HostConfig: { LogConfig: { Type: 'syslog', Config: { 'syslog-address': 'unix:///run/bulkhead/engine.sock' } } },
      }),
    ),
    outcome: 'refused',
    expected: /a log cannot be written to unix/u,
    harm: /^ran:/u,
    unharmed: 'the engine’s socket takes no syslog messages; the door alone is tried',
    safe: true,
  },
];

/** A build by the legacy builder without a cache; gives the build's output or its error. */
async function build(lab: Lab, steps: readonly string[], query: string): Promise<string> {
  return lab.request({
    method: 'POST',
    path: `/build?version=1&nocache=1&forcerm=1${query}`,
    body: buildContext([`FROM ${lab.image}`, ...steps].join('\n')),
  });
}
