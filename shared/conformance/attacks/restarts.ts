import type { Attack } from '../attack.ts';
import { beside, decodeFrames, type Lab, observe, RESIDENT, waitFor } from '../lab.ts';

const MAP = 'cat /proc/self/uid_map';

/** What a container printed. */
const logsOf = async (lab: Lab, container: string): Promise<string> => {
  const { status, body } = await lab.ask({ method: 'GET', path: `/containers/${container}/logs?stdout=1` });
  return status === 200
    ? `ran: ${decodeFrames(body)
        .trim()
        .replaceAll(/[ \t]+/gu, ' ')}`
    : `refused: ${status}`;
};

/** Programs that the runtime may be made to run or to be. */
const stalking = (lab: Lab): Promise<string> =>
  beside(lab, 'stalk', { HostConfig: { SecurityOpt: ['seccomp=unconfined'] } }, async () => {
    await lab.exec(
      'stalk',
      "printf '#!/proc/self/exe\\n' >/tmp/trap; busybox chmod +x /tmp/trap; attack stalk >/tmp/seen 2>&1 &",
      { AttachStdout: false, AttachStderr: false },
    );
    for (let at = 0; at < 3; at += 1) await lab.exec('stalk', '', { Cmd: ['/tmp/trap'] });
    return lab.exec('stalk', 'until [ -s /tmp/seen ]; do sleep 1; done; cat /tmp/seen');
  });

/** What becomes of containers when they are changed, come back, or turn on the program that starts them. */
export const RESTARTS: readonly Attack[] = [
  {
    id: '69',
    title: 'overwriting the runtime through /proc/self/exe while docker exec runs (CVE-2019-5736)',
    attempt: { kind: 'api', door: 'docker exec', perform: stalking },
    outcome: 'neutralised',
    expected: /^ran: (?:refused: |saw no program but its own$)/u,
    harm: /^ran: opened /u,
    unharmed: 'plain runc, too, hides from the container and runs a sealed copy of itself',
  },
  {
    id: '85',
    title: 'docker update with a device',
    attempt: {
      kind: 'api',
      door: 'docker update',
      perform: async (lab) => {
        await lab.request({
          method: 'POST',
          path: `/containers/bulkhead-check-${RESIDENT}/update`,
          body: {
            Devices: [{ PathOnHost: '/dev/vdc', PathInContainer: '/dev/vdc', CgroupPermissions: 'rwm' }],
            DeviceCgroupRules: ['b *:* rwm'],
          },
        });
        return lab.exec(
          RESIDENT,
          'busybox mknod /tmp/d b 254 32; dd if=/tmp/d of=/dev/null bs=512 count=1 2>&1 && echo read the disk; rm -f /tmp/d',
        );
      },
    },
    outcome: 'refused',
    expected: /Operation not permitted/u,
    harm: /read the disk/u,
    unharmed: 'Docker itself takes the device and does nothing with it',
  },
  {
    id: '85 restart',
    title: 'a container that its restart policy starts again',
    attempt: {
      kind: 'api',
      door: 'docker update --restart',
      perform: (lab) =>
        observe(async () => {
          try {
            const program = `${MAP}; test -e /again && exec sleep 100000; until [ -e /again ]; do sleep 1; done`;
            await lab.create('restart', { Cmd: ['sh', '-c', program] });
            await lab.start('restart');
            await lab.request({
              method: 'POST',
              path: '/containers/bulkhead-check-restart/update',
              body: { RestartPolicy: { Name: 'always' } },
            });
            await lab.exec('restart', '>/again');
            return await waitFor(() => logsOf(lab, 'bulkhead-check-restart'), /\n/u);
          } finally {
            await lab.remove('restart');
          }
        }),
    },
    outcome: 'neutralised',
    expected: /^ran: 0 [1-9]\d{5,9} 65536\n 0 [1-9]\d{5,9} 65536$/u,
    harm: /\n 0 0 4294967295$/u,
  },
  {
    id: '96',
    title: 'a container with --restart=always, made while isolation was off, after the VM has booted',
    attempt: {
      kind: 'api',
      door: 'boot',
      perform: async (lab) => {
        const all = await logsOf(lab, 'bulkhead-before-always');
        return `ran: ${all.split('\n').at(-1)?.replace('ran:', '').trim()}`;
      },
    },
    outcome: 'neutralised',
    expected: /^ran: 0 [1-9]\d{5,9} 65536$/u,
    harm: /^ran: 0 0 4294967295$/u,
  },
  {
    id: '96 macvlan',
    title: 'such a container on a macvlan network, which leads past the VM’s firewall',
    attempt: {
      kind: 'api',
      door: 'boot',
      perform: async (lab) => {
        const container = await lab.request({ method: 'GET', path: '/containers/bulkhead-before-macvlan/json' });
        const error = /"Error":"((?:[^"\\]|\\.)*)"/u.exec(container)?.[1] ?? '';
        return container.includes('"Running":true') ? 'ran: it runs' : `refused: ${error}`;
      },
    },
    outcome: 'refused',
    expected: /^refused: .*macvlan/u,
    harm: /^ran: it runs$/u,
  },
];
