import type { Attack, Attempt } from '../attack.ts';
import type { Batch } from '../batches.ts';

const STRONG = ['privileged', 'unconfined', 'exec'] as const satisfies readonly Batch[];
const BUILDS = ['legacy build', 'build'] as const satisfies readonly Batch[];
const script = (batches: readonly Batch[], line: string): Attempt => ({ kind: 'script', batches, script: line });

/** Opening for writing is what the kernel decides on; nothing is written, so that the VM goes on as it is. */
const FILES: readonly (readonly [name: string, file: string])[] = [
  ['core_pattern', '/proc/sys/kernel/core_pattern'],
  ['modprobe', '/proc/sys/kernel/modprobe'],
  ['panic', '/proc/sys/kernel/panic'],
  ['drop_caches', '/proc/sys/vm/drop_caches'],
  ['overcommit', '/proc/sys/vm/overcommit_memory'],
  ['sysrq', '/proc/sysrq-trigger'],
  ['uevent_helper', '/sys/kernel/uevent_helper'],
  ['power', '/sys/power/state'],
  ['ksm', '/sys/kernel/mm/ksm/run'],
  ['irq', '/proc/irq/default_smp_affinity'],
  ['tracing', '/sys/kernel/profiling'],
];

/** Files through which the whole machine is set up. */
export const KERNEL: readonly Attack[] = [
  ...FILES.map(([name, file]): Attack => ({
    id: `51 ${name}`,
    title: `opening ${file} for writing`,
    attempt: script(
      [...STRONG, ...BUILDS],
      `if [ ! -e ${file} ]; then echo "${file}: no such file"; else ( : >>${file} ) && echo opened it; fi`,
    ),
    outcome: 'refused',
    expected: /Permission denied|Operation not permitted|Read-only file system|no such file/iu,
    harm: /opened it/u,
    safe: true,
    ...(name === 'uevent_helper' ? { unharmed: 'the VM’s kernel has no such file' } : {}),
  })),
  {
    id: '51 core',
    title: 'naming a program of one’s own that the VM’s root runs when any process crashes',
    attempt: script(
      STRONG,
      'f=/proc/sys/kernel/core_pattern; old=$(cat $f); ( echo "|/tmp/mine" >$f ) && cat $f && echo "$old" >$f',
    ),
    outcome: 'refused',
    expected: /Permission denied|Read-only file system/u,
    harm: /^\|\/tmp\/mine$/mu,
  },
  {
    id: '52',
    title: 'a version 1 control group with its release_agent (CVE-2022-0492)',
    attempt: script(
      STRONG,
      'mkdir -p /tmp/cg; mount -t cgroup -o rdma cgroup /tmp/cg && test -e /tmp/cg/release_agent && echo has a release_agent; umount /tmp/cg',
    ),
    outcome: 'refused',
    expected: /permitted|denied|Invalid argument|No such device/u,
    harm: /has a release_agent/u,
    unharmed: 'in the VM no controller is left to version 1',
  },
  {
    id: '53',
    title: 'lifting the container’s own memory limit',
    attempt: script(
      STRONG,
      'cat /sys/fs/cgroup/memory.max; ( echo max >/sys/fs/cgroup/memory.max ) && echo lifted the limit',
    ),
    outcome: 'refused',
    expected: /Permission denied|Read-only file system|Operation not permitted/u,
    harm: /lifted the limit/u,
    safe: true,
  },
  {
    id: '55',
    title: 'a fresh /proc in an own PID namespace',
    attempt: script(
      ['privileged'],
      'busybox unshare -m -p -f sh -c "mount -t proc proc /proc && ls -d /proc/[0-9]* | wc -l"',
    ),
    outcome: 'works',
    expected: /^[1-9]$/mu,
    harm: null,
  },
  {
    id: '56',
    title: '--sysctl net.ipv4.ping_group_range, kernel.shmmax, kernel.domainname',
    attempt: {
      kind: 'config',
      group: 'options',
      door: 'docker run',
      hostConfig: { Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '80', 'kernel.shmmax': '1048576' } },
      script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmax',
    },
    outcome: 'works',
    expected: /^ran: 80\n1048576$/u,
    harm: null,
  },
  {
    id: '59',
    title: '--cgroup-parent=/, to leave the engine’s control group',
    attempt: {
      kind: 'config',
      group: 'options',
      door: 'docker run',
      hostConfig: { CgroupParent: '/../..' },
      script: 'cat /proc/self/cgroup; ls -d /sys/fs/cgroup/../cgroup.controllers 2>&1',
    },
    outcome: 'neutralised',
    expected: /^refused: |^ran: 0::\/\n/u,
    harm: null,
    unharmed: 'a container cannot see where its group lies; the rule is tested on captured specifications',
  },
];
