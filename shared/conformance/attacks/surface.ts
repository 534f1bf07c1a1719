import type { Attack, Attempt } from '../attack.ts';
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

const tcp = (host: string, port: number): string =>
  `if busybox timeout 4 nc -w 2 ${host} ${port} </dev/null >/dev/null 2>&1; then echo "${host}:${port} connected"; else echo "${host}:${port} no connection"; fi`;

/** A network of containers that is made and removed again. */
const network = (
  id: string,
  title: string,
  how: { readonly asked: object; readonly expected: RegExp } & Pick<Attack, 'unharmed' | 'safe'>,
): Attack => {
  const { asked, expected, ...more } = how;
  return {
    id,
    title,
    attempt: api('docker network create', async (lab) => {
      const Name = 'bulkhead-check-network';
      const body = { Name, Labels: { [CHECK_LABEL]: 'true' }, ...asked };
      const made = await lab.request({ method: 'POST', path: '/networks/create', body });
      if (made.startsWith('ran')) await lab.request({ method: 'DELETE', path: `/networks/${Name}` });
      return made;
    }),
    outcome: 'refused',
    expected,
    harm: /^ran:/u,
    ...more,
  };
};

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
    id: '81 start',
    title: 'docker start --checkpoint',
    attempt: api('docker start', async (lab) =>
      observe(async () => {
        try {
          await lab.create('restored', { Cmd: ['true'] });
          return await lab.request({
            method: 'POST',
            path: '/containers/bulkhead-check-restored/start?checkpoint=one',
          });
        } finally {
          await lab.remove('restored');
        }
      }),
    ),
    outcome: 'refused',
    expected: /^refused: /u,
    harm: /^ran:/u,
    unharmed: 'the engine knows no checkpoints without its experimental features',
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
  network('n1', 'a macvlan network, which leads past the VM’s firewall', {
    asked: { Driver: 'macvlan', Options: { parent: 'eth0' } },
    expected: /networks of the driver "macvlan" are not allowed/u,
    unharmed: 'the one of attack 96 has that card already, which shows that it can be made',
    safe: true,
  }),
  network('n1 card', 'a bridge network whose bridge is the VM’s own card', {
    asked: { Options: { 'com.docker.network.bridge.name': 'eth0' } },
    expected: /^refused: existing interface eth0 is not a bridge/u,
    unharmed: 'Docker itself takes no interface that is not a bridge',
  }),
  network('n1 host', 'a network in place of the VM’s link to its host, which cuts the engine off for good', {
    asked: { IPAM: { Config: [{ Subnet: '10.0.2.0/30' }] } },
    expected: /^refused: 10\.0\.2\.0\/30 lies in 10\.0\.2\.0\/24, by which the VM and this computer reach each other/u,
    unharmed: 'it is refused with isolation off as well',
  }),
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
