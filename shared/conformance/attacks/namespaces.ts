import type { Attack, Attempt } from '../attack.ts';
import { beside, type HostConfig, RESIDENT } from '../lab.ts';

const sharing = (name: string): RegExp =>
  new RegExp(
    `error in the container spec: invalid or unsupported container spec: sysbox containers can't share namespaces \\[${name}\\] ` +
      `with the host \\(because they use the linux user-namespace for isolation\\)`,
    'u',
  );

/** Inode numbers of the namespaces that the kernel makes at boot (include/linux/proc_ns.h). */
const VM_NAMESPACE = { pid: 4_026_531_836, ipc: 4_026_531_839, uts: 4_026_531_838, cgroup: 4_026_531_835 } as const;

const MAPPED = /^ran: 0 [1-9]\d{5,9} 65536$/u;
const UNMAPPED = /^ran: 0 0 4294967295$/u;
const UID_MAP = `read -r a b c </proc/self/uid_map; echo "$a $b $c"`;

const share = (group: string, hostConfig: HostConfig, script: string): Attempt => ({
  kind: 'config',
  group,
  door: 'docker run',
  hostConfig,
  script,
});

/** Sharing namespaces with the VM and with other containers. */
export const NAMESPACES: readonly Attack[] = [
  {
    id: '1',
    title: '--pid=host, to see and reach the VM’s processes',
    attempt: share('shared', { PidMode: 'host' }, 'readlink /proc/self/ns/pid; cat /proc/1/comm'),
    outcome: 'refused',
    expected: sharing('pid'),
    harm: new RegExp(`^ran: pid:\\[${VM_NAMESPACE.pid}\\]`, 'u'),
    safe: true,
  },
  {
    id: '2',
    title: '--network=host, to use the VM’s own address',
    attempt: share('shared', { NetworkMode: 'host' }, 'ip -o -4 addr show'),
    outcome: 'refused',
    expected: sharing('network'),
    harm: /^ran: [\s\S]*\b10\.0\.2\.15\b/u,
    safe: true,
  },
  {
    id: '3',
    title: '--ipc=host, to reach the VM’s shared memory',
    attempt: share('shared', { IpcMode: 'host' }, 'readlink /proc/self/ns/ipc'),
    outcome: 'refused',
    expected: sharing('ipc'),
    harm: new RegExp(`^ran: ipc:\\[${VM_NAMESPACE.ipc}\\]$`, 'u'),
    safe: true,
  },
  {
    id: '4',
    title: '--uts=host, to rename the VM',
    attempt: share('shared', { UTSMode: 'host' }, 'readlink /proc/self/ns/uts'),
    outcome: 'refused',
    expected: sharing('uts'),
    harm: new RegExp(`^ran: uts:\\[${VM_NAMESPACE.uts}\\]$`, 'u'),
    safe: true,
  },
  {
    id: '5',
    title: '--userns=host, to be the VM’s root',
    attempt: share('ignored', { UsernsMode: 'host' }, UID_MAP),
    outcome: 'neutralised',
    expected: MAPPED,
    harm: UNMAPPED,
    safe: true,
  },
  {
    id: '6',
    title: '--cgroupns=host, to see the VM’s control groups',
    attempt: share('ignored', { CgroupnsMode: 'host' }, 'readlink /proc/self/ns/cgroup; cat /proc/self/cgroup'),
    outcome: 'neutralised',
    expected: /^ran: cgroup:\[(?!4026531835\])\d+\]\n0::\/$/u,
    harm: new RegExp(`^ran: cgroup:\\[${VM_NAMESPACE.cgroup}\\]`, 'u'),
    safe: true,
  },
  {
    id: '61',
    title: '/proc/uptime, which tells since when the VM runs',
    attempt: share('ignored', {}, 'busybox cut -d. -f1 /proc/uptime'),
    outcome: 'neutralised',
    // Under emulation, too, this container is not half a minute old; the VM, when it has booted and made the image, is older.
    expected: /^ran: (?:\d|[12]\d)$/u,
    harm: /^ran: (?:[3-9]\d|\d{3,})$/u,
  },
  {
    id: '7',
    title: '--pid=host --privileged and nsenter into the VM’s init',
    attempt: share(
      'shared',
      { PidMode: 'host', Privileged: true },
      'busybox nsenter -t 1 -m -u -n -i /bulkhead/bin/busybox ls /bulkhead',
    ),
    outcome: 'refused',
    expected: sharing('pid'),
    harm: /^ran: [\s\S]*agent\.cjs/u,
  },
  {
    id: '8',
    title: 'seeing and ending the processes of another container with --pid=container:…',
    attempt: {
      kind: 'api',
      door: 'docker run',
      perform: (lab) =>
        beside(lab, 'other', {}, async () => {
          const there = await lab.exec('other', `${UID_MAP}; sleep 100000 >/dev/null 2>&1 & echo $!`);
          const [map = '', process = ''] = there.split('\n');
          const here = await lab.run(`${UID_MAP}; kill ${process} && echo ended it`, {
            HostConfig: { PidMode: 'container:bulkhead-check-other' },
          });
          return here === `${map}\nended it` ? 'ran: with the same ids, and ended it' : `${there} / ${here}`;
        }),
    },
    outcome: 'works',
    expected: /^ran: with the same ids, and ended it$/u,
    harm: null,
  },
  {
    id: '9',
    title: 'the network of one container and the processes of another, each isolated by itself',
    attempt: {
      kind: 'api',
      door: 'docker run',
      perform: (lab) =>
        beside(lab, 'other', {}, () =>
          lab.run('cat /proc/1/comm', {
            HostConfig: {
              NetworkMode: `container:bulkhead-check-${RESIDENT}`,
              PidMode: 'container:bulkhead-check-other',
            },
          }),
        ),
    },
    outcome: 'refused',
    expected: /^refused: /u,
    harm: null,
    unharmed: 'without user namespaces there is nothing to tear apart; plain Docker allows it',
  },
  {
    id: '10',
    title: 'two containers at once have ids in common',
    attempt: {
      kind: 'api',
      door: 'docker run',
      perform: async (lab) => {
        const one = await lab.exec(RESIDENT, UID_MAP);
        const other = await lab.run(UID_MAP);
        return one === other ? `ran: the same: ${one}` : `ran: different: ${one} / ${other}`;
      },
    },
    outcome: 'neutralised',
    expected: /^ran: different: ran: 0 [1-9]\d{5,9} 65536 \/ ran: 0 [1-9]\d{5,9} 65536$/u,
    harm: /^ran: the same/u,
    safe: true,
  },
  {
    id: '11',
    title: 'nsenter into the namespaces of the container’s own init',
    attempt: {
      kind: 'script',
      batches: ['privileged', 'exec'],
      script: 'busybox nsenter -t 1 -m -u -i -n -p busybox echo entered',
    },
    outcome: 'works',
    expected: /^entered$/u,
    harm: null,
  },
];
