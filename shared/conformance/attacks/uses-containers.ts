import type { Attack } from '../attack.ts';
import { beside, CHECK_LABEL, type Lab, observe, RESIDENT, waitFor } from '../lab.ts';
import { use } from './use.ts';

const CONTAINER = `/containers/bulkhead-check-${RESIDENT}`;
const NETWORK = 'bulkhead-check-network';

const get = (lab: Lab, path: string): Promise<string> => lab.request({ method: 'GET', path });
const post = (lab: Lab, path: string, body?: unknown): Promise<string> =>
  lab.request({ method: 'POST', path, ...(body === undefined ? {} : { body }) });

/** What commands do to containers. */
export const USES_CONTAINERS: readonly Attack[] = [
  use('user', '--user and --group-add', 'docker run', /^ran: 1000 1000 1000 65534 1000:1000$/u, (lab) =>
    lab.run('>/tmp/f; echo $(id -u) $(id -g) $(id -G) $(stat -c %u:%g /tmp/f)', {
      User: '1000:1000',
      HostConfig: { GroupAdd: ['65534'] },
    }),
  ),
  use(
    'exec',
    'docker exec as another user, in another directory, with a variable',
    'docker exec',
    /^ran: 1000 \/home set$/u,
    (lab) => lab.exec(RESIDENT, 'echo $(id -u) $PWD $V', { User: 'user', WorkingDir: '/home', Env: ['V=set'] }),
  ),
  use('top', 'docker top', 'docker top', /^ran: .*sleep 100000/u, (lab) => get(lab, `${CONTAINER}/top`)),
  use('stats', 'docker stats', 'docker stats', /^ran: .*"pids_stats".*"cpu_stats"/u, (lab) =>
    get(lab, `${CONTAINER}/stats?stream=false&one-shot=true`),
  ),
  use('logs', 'docker logs', 'docker run, docker logs', /^ran: to stdout\nto stderr$/u, (lab) =>
    lab.run('echo to stdout; sleep 1; echo to stderr >&2'),
  ),
  use('pause', 'docker pause and unpause', 'docker pause', /^ran: paused, then running: ran: awake$/u, async (lab) => {
    await post(lab, `${CONTAINER}/pause`);
    const paused = await get(lab, `${CONTAINER}/json`);
    await post(lab, `${CONTAINER}/unpause`);
    const state = /"Status":"(\w+)"/u.exec(paused)?.[1];
    return `ran: ${state}, then running: ${await lab.exec(RESIDENT, 'echo awake')}`;
  }),
  use('update', 'docker update --memory', 'docker update', /^ran: 67108864$/u, async (lab) => {
    const updated = await post(lab, `${CONTAINER}/update`, { Memory: 67_108_864, MemorySwap: 134_217_728 });
    if (updated.startsWith('refused')) return updated;
    return lab.exec(RESIDENT, 'cat /sys/fs/cgroup/memory.max');
  }),
  use('rename', 'docker rename', 'docker rename', /^ran: renamed$/u, async (lab) => {
    await post(lab, `${CONTAINER}/rename?name=bulkhead-check-renamed`);
    const seen = await lab.exec('renamed', 'echo renamed');
    await post(lab, `/containers/bulkhead-check-renamed/rename?name=bulkhead-check-${RESIDENT}`);
    return seen;
  }),
  use(
    'health',
    'a health check, and docker kill and wait',
    'docker run, docker kill, docker wait',
    /^ran: healthy, then ran: \{"StatusCode":137\}$/u,
    (lab) =>
      observe(async () => {
        try {
          await lab.create('healthy', {
            Cmd: ['sleep', '100000'],
            Healthcheck: {
              Test: ['CMD-SHELL', 'test -e /etc/passwd'],
              Interval: 1_000_000_000,
              Timeout: 60_000_000_000,
            },
          });
          await lab.start('healthy');
          const health = /"Health":\{"Status":"healthy"/u;
          const seen = await waitFor(() => get(lab, '/containers/bulkhead-check-healthy/json'), health);
          await post(lab, '/containers/bulkhead-check-healthy/kill');
          const ended = await post(lab, '/containers/bulkhead-check-healthy/wait');
          return `ran: ${health.test(seen) ? 'healthy' : 'not healthy'}, then ${ended}`;
        } finally {
          await lab.remove('healthy');
        }
      }),
  ),
  use(
    'network',
    'a network of one’s own, whose containers find each other by name',
    'docker network create, docker run',
    /^ran: root:x:0:0:/u,
    (lab) =>
      observe(async () => {
        const networks = { HostConfig: { NetworkMode: NETWORK } };
        try {
          await post(lab, '/networks/create', { Name: NETWORK, Labels: { [CHECK_LABEL]: 'true' } });
          return await beside(lab, 'server', { ...networks, Cmd: ['httpd', '-f', '-p', '80', '-h', '/etc'] }, () =>
            lab.run('wget -q -O - http://bulkhead-check-server/passwd', networks),
          );
        } finally {
          await lab.request({ method: 'DELETE', path: `/networks/${NETWORK}` });
        }
      }),
  ),
];
