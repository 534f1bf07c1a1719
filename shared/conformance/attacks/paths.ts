import type { Attack } from '../attack.ts';
import { observe, type ContainerConfig, type Lab } from '../lab.ts';

const restricted = (source: string): RegExp =>
  new RegExp(`can't mount ${source} because it's configured as a restricted host mount`, 'u');
const SOCKET_DENIED = /docker socket mount denied for container with image/u;
const SEEN = /^ran: \S/u;

interface Source {
  readonly id: string;
  readonly source: string;
}
const SOURCES: readonly Source[] = [
  { id: '13', source: '/' },
  { id: '14', source: '/etc' },
  { id: '15', source: '/var/lib/docker' },
  { id: '16', source: '/var/lib/docker/overlay2' },
  { id: '17', source: '/var/lib/docker/containers' },
  { id: '18', source: '/run/bulkhead-c' },
  { id: '19 proc', source: '/proc' },
  { id: '19 sys', source: '/sys' },
  { id: '19 dev', source: '/dev' },
  { id: '20', source: '/usr' },
];

const targetOf = (id: string): string => `/x${id.replaceAll(' ', '-')}`;
const binding = (source: string): ContainerConfig => ({ HostConfig: { Binds: [`${source}:/x`] } });

const runBind = ({ id, source }: Source): Attack => ({
  id,
  title: `-v ${source}:/x`,
  attempt: {
    kind: 'config',
    group: 'binds',
    door: 'docker run',
    hostConfig: { Binds: [`${source}:${targetOf(id)}`] },
    script: `ls -A ${targetOf(id)} | head -n 2`,
  },
  outcome: 'refused',
  expected: restricted(source),
  // The runtime's directory of containers may be empty, which is a mount all the same.
  harm: /^ran:/u,
  safe: true,
});

const SOCKETS: readonly Source[] = [
  { id: '25', source: '/var/run/docker.sock' },
  { id: '25 run', source: '/run/docker.sock' },
  { id: '25 dots', source: '/var/run/../run/docker.sock' },
  { id: '25 directory', source: '/var/run' },
  { id: '25 engine', source: '/run/bulkhead/engine.sock' },
  { id: '25 containerd', source: '/run/containerd/containerd.sock' },
  { id: '25 plugins', source: '/run/docker' },
];

/** Mounts of the VM's own paths and of its sockets. */
export const PATHS: readonly Attack[] = [
  ...SOURCES.map(runBind),
  {
    id: '21',
    title: '--mount type=bind,src=/etc',
    attempt: {
      kind: 'config',
      group: 'binds',
      door: 'docker run',
      hostConfig: { Mounts: [{ Type: 'bind', Source: '/etc', Target: '/x21' }] },
      script: 'ls -A /x21 | head -n 2',
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: SEEN,
    safe: true,
  },
  {
    id: '23',
    title: '--volumes-from a container that binds /etc, made while isolation was off',
    attempt: {
      kind: 'config',
      group: 'before',
      door: 'docker run',
      hostConfig: { VolumesFrom: ['bulkhead-before-etc'] },
      script: 'ls /x',
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: /^ran: [\s\S]*passwd/u,
  },
  {
    id: '23 start',
    title: 'starting a container that binds /etc, made while isolation was off',
    attempt: {
      kind: 'api',
      door: 'docker start',
      perform: (lab) => lab.request({ method: 'POST', path: '/containers/bulkhead-before-etc/start' }),
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: /^ran:/u,
  },
  {
    id: '23 volume',
    title: 'a volume with o=bind,device=/etc, made while isolation was off',
    attempt: {
      kind: 'config',
      group: 'before',
      door: 'docker run',
      hostConfig: { Binds: ['bulkhead-before-etc:/x-volume'] },
      script: 'ls /x-volume',
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: /^ran: [\s\S]*passwd/u,
  },
  ...SOCKETS.map(({ id, source }): Attack => ({
    id,
    title: `-v ${source}:/x, to command the engine`,
    attempt: {
      kind: 'config',
      group: 'binds',
      door: 'docker run',
      hostConfig: { Binds: [`${source}:${targetOf(id)}`] },
      script: `ls -d ${targetOf(id)}`,
    },
    outcome: 'refused',
    expected: SOCKET_DENIED,
    harm: /^ran: \/x/u,
    safe: true,
  })),
  {
    id: '25 link',
    title: 'a link in a volume to /run/docker.sock, mounted as a path of the volume',
    attempt: { kind: 'api', door: 'raw API', perform: linkInVolume },
    outcome: 'refused',
    expected: /^refused: |^ran: no socket$/u,
    harm: /^ran: a socket/u,
    unharmed: 'Docker itself resolves paths of a volume inside it',
  },
  {
    id: '33',
    title: 'docker cp from a container that binds /etc and never ran',
    attempt: {
      kind: 'api',
      door: 'docker create, docker cp',
      perform: (lab) =>
        observe(async () => {
          try {
            await lab.create('cp', { Cmd: ['true'], ...binding('/etc') });
            const path = '/containers/bulkhead-check-cp/archive?path=/x/passwd';
            return await lab.request({ method: 'GET', path });
          } finally {
            await lab.remove('cp');
          }
        }),
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: /^ran: passwd/u,
    safe: true,
  },
  {
    id: '33 before',
    title: 'docker cp from such a container, made while isolation was off',
    attempt: {
      kind: 'api',
      door: 'docker cp',
      perform: (lab) => lab.request({ method: 'GET', path: '/containers/bulkhead-before-etc/archive?path=/x/passwd' }),
    },
    outcome: 'refused',
    expected: restricted('/etc'),
    harm: /^ran: passwd/u,
  },
  {
    id: '24',
    title: 'swarm mode, whose services mount what they like',
    attempt: {
      kind: 'api',
      door: 'docker swarm init',
      perform: async (lab) => {
        const started = await lab.request({
          method: 'POST',
          path: '/swarm/init',
          body: { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' },
        });
        if (started.startsWith('ran')) await lab.request({ method: 'POST', path: '/swarm/leave?force=1' });
        return started;
      },
    },
    outcome: 'refused',
    expected: /swarm mode is not allowed/u,
    harm: /^ran:/u,
  },
];

async function linkInVolume(lab: Lab): Promise<string> {
  const volume = 'bulkhead-check-link';
  await lab.request({ method: 'POST', path: '/volumes/create', body: { Name: volume, Labels: CHECK } });
  await lab.run('ln -s /run/docker.sock /v/s', { HostConfig: { Binds: [`${volume}:/v`] } });
  return lab.run('if [ -S /x ]; then echo a socket; else echo no socket; fi', {
    HostConfig: {
      Mounts: [{ Type: 'volume', Source: volume, Target: '/x', VolumeOptions: { Subpath: 's' } }],
    },
  });
}

const CHECK = { 'org.bulkhead.check': 'true' };
