import type { Attack, Attempt } from '../attack.ts';
import type { Batch } from '../batches.ts';
import { type HostConfig, RESIDENT } from '../lab.ts';

/** Every way to get all capabilities that a container can have. */
const STRONG = ['privileged', 'unconfined', 'exec'] as const satisfies readonly Batch[];
const ANY = ['run', ...STRONG, 'legacy build', 'build'] as const satisfies readonly Batch[];

const script = (batches: readonly Batch[], line: string): Attempt => ({ kind: 'script', batches, script: line });

const DENIED = /(?:Operation not permitted|Permission denied|permission denied)/u;

const CALL_DENIED = /^refused: (?:Operation not permitted|Permission denied|Function not implemented)$/u;

interface Call {
  readonly id: string;
  readonly title: string;
  /** The word that the program `attack` knows it by. */
  readonly word: string;
  readonly unharmed?: string;
  readonly expected?: RegExp;
}

const VM_REFUSES = 'the VM’s kernel refuses it to everybody, with isolation on or off';

/**
 * One system call. The program says `allowed` also for a call that the kernel would carry out but for its made-up
 * arguments, so that nothing has to break to show that it could.
 */
const call = ({ id, title, word, unharmed, expected = CALL_DENIED }: Call): Attack => ({
  id,
  title,
  attempt: script(STRONG, `attack ${word}`),
  outcome: 'refused',
  expected,
  harm: /allowed/u,
  ...(unharmed === undefined ? {} : { unharmed }),
});

const PSEUDO_FILE_SYSTEMS = ['debugfs', 'securityfs', 'tracefs', 'bpf', 'devtmpfs', 'fusectl'] as const;

const api = (perform: Extract<Attempt, { readonly kind: 'api' }>['perform']): Attempt => ({
  kind: 'api',
  door: 'docker run',
  perform,
});

const config = (hostConfig: HostConfig, line: string): Attempt => ({
  kind: 'config',
  group: 'options',
  door: 'docker run',
  hostConfig,
  script: line,
});

/** Devices, kernel modules, system calls of the whole machine. */
export const DEVICES: readonly Attack[] = [
  {
    id: '36',
    title: 'mknod of a block device',
    attempt: script(ANY, 'busybox mknod /tmp/node b 254 0 && echo made a device node; rm -f /tmp/node'),
    outcome: 'refused',
    expected: DENIED,
    harm: /made a device node/u,
    safe: true,
  },
  {
    id: '37',
    title: 'reading the VM’s disk',
    attempt: script(['privileged'], 'dd if=/dev/vdc of=/dev/null bs=512 count=1 2>&1 && echo read the disk'),
    outcome: 'refused',
    expected: /No such file or directory/u,
    harm: /read the disk/u,
    safe: true,
  },
  {
    id: '37 made',
    title: 'reading the VM’s disk through a node of one’s own',
    attempt: script(
      STRONG,
      'busybox mknod /tmp/disk b 254 32; dd if=/tmp/disk of=/dev/null bs=512 count=1 2>&1 && echo read the disk; rm -f /tmp/disk',
    ),
    outcome: 'refused',
    expected: DENIED,
    harm: /read the disk/u,
  },
  {
    id: '38',
    title: '--device=/dev/vdc, and reading it',
    attempt: config(
      { Devices: [{ PathOnHost: '/dev/vdc', PathInContainer: '/dev/vdc', CgroupPermissions: 'rwm' }] },
      'dd if=/dev/vdc of=/dev/null bs=512 count=1 2>&1 && echo read the disk',
    ),
    outcome: 'neutralised',
    expected: /^refused: |No such file or directory|Permission denied|Operation not permitted/u,
    harm: /read the disk/u,
    safe: true,
  },
  {
    id: '39',
    title: '--device-cgroup-rule "b *:* rwm", mknod, and reading the disk',
    attempt: config(
      { DeviceCgroupRules: ['b *:* rwm'] },
      'busybox mknod /tmp/d b 254 32; dd if=/tmp/d of=/dev/null bs=512 count=1 2>&1 && echo read the disk',
    ),
    outcome: 'refused',
    expected: /Operation not permitted/u,
    harm: /read the disk/u,
    safe: true,
  },
  {
    id: '40',
    title: 'mounting the VM’s disk',
    attempt: script(
      ANY,
      'mkdir -p /tmp/m; busybox mknod /tmp/root b 254 0; mount -t squashfs -o ro /tmp/root /tmp/m && echo mounted the disk; umount /tmp/m; rm -f /tmp/root',
    ),
    outcome: 'refused',
    expected: DENIED,
    harm: /mounted the disk/u,
  },
  call({ id: '42', title: 'loading a kernel module', word: 'module', unharmed: VM_REFUSES }),
  ...PSEUDO_FILE_SYSTEMS.map((type): Attack => ({
    id: `43 ${type}`,
    title: `mounting ${type}`,
    attempt: script(STRONG, `mkdir -p /tmp/fs; mount -t ${type} none /tmp/fs && echo mounted it; umount /tmp/fs`),
    outcome: 'refused',
    expected: /permitted|denied|No such device/u,
    harm: /mounted it/u,
    safe: true,
  })),
  call({ id: '44', title: 'bpf(BPF_MAP_GET_NEXT_ID), as bpftool map does', word: 'bpf' }),
  call({ id: '45 kexec', title: 'kexec_load', word: 'kexec', unharmed: VM_REFUSES }),
  call({ id: '45 swap', title: 'swapon', word: 'swapon' }),
  call({ id: '45 clock', title: 'setting the clock (to what it shows)', word: 'settimeofday' }),
  call({ id: '45 iopl', title: 'iopl(3)', word: 'iopl', unharmed: VM_REFUSES }),
  call({ id: '45 acct', title: 'process accounting of the VM', word: 'acct' }),
  {
    id: '45 dmesg',
    title: 'reading the kernel’s messages',
    attempt: script(STRONG, 'dmesg >/tmp/dmesg && test -s /tmp/dmesg && echo read the messages; rm -f /tmp/dmesg'),
    outcome: 'refused',
    expected: DENIED,
    harm: /read the messages/u,
    safe: true,
  },
  {
    id: '45 mem',
    title: 'opening the VM’s memory, /dev/mem',
    attempt: script(
      STRONG,
      'busybox mknod /tmp/mem c 1 1; dd if=/tmp/mem of=/dev/null bs=512 count=1 2>&1 && echo read the memory; rm -f /tmp/mem',
    ),
    outcome: 'refused',
    expected: DENIED,
    harm: /read the memory/u,
    unharmed: VM_REFUSES,
  },
  {
    id: '46',
    title: '--gpus all',
    attempt: api((lab) =>
      lab.run('true', { HostConfig: { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] } }),
    ),
    outcome: 'refused',
    expected: /^refused: /u,
    harm: /^ran:/u,
    unharmed: 'the VM has no such device and no driver for one',
  },
  {
    id: '46 cdi',
    title: '--device vendor.example/x=y (CDI)',
    attempt: api((lab) =>
      lab.run('true', { HostConfig: { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['vendor.example/x=y'] }] } }),
    ),
    outcome: 'refused',
    expected: /^refused: /u,
    harm: /^ran:/u,
    unharmed: 'the VM has no CDI devices',
  },
  call({
    id: '47',
    title: 'an AF_VSOCK socket, towards the host',
    word: 'vsock',
    unharmed: 'the VM’s kernel has no vsock',
  }),
  call({
    id: '47 32-bit',
    title: 'the same through the 32-bit socketcall',
    word: 'vsock32',
    expected:
      /^refused: (?:Operation not permitted|Function not implemented|Address family not supported by protocol)$|Bad system call/u,
    unharmed: 'the VM’s kernel has no vsock',
  }),
  call({ id: '48 io_uring', title: 'io_uring_setup', word: 'io_uring', unharmed: VM_REFUSES }),
  call({ id: '48 userfaultfd', title: 'userfaultfd', word: 'userfaultfd' }),
  call({ id: '48 perf', title: 'perf_event_open of the whole machine', word: 'perf' }),
  call({ id: '48 handle', title: 'open_by_handle_at of the VM’s root (shocker)', word: 'handle' }),
  {
    id: '49',
    title: 'chmod 600 /dev/null, seen by another container',
    attempt: api(async (lab) => {
      const own = await lab.exec(RESIDENT, 'chmod 600 /dev/null; stat -c %a /dev/null', { Privileged: true });
      const other = await lab.run('stat -c %u:%a /dev/null');
      return `${own}; another: ${other}`;
    }),
    outcome: 'neutralised',
    expected: /; another: ran: 0:666$/u,
    harm: /; another: ran: 0:600$/u,
    unharmed: 'plain runc makes the nodes of each container anew',
  },
  {
    id: '50',
    title: 'devices of the VM in /dev',
    attempt: script(
      ['privileged'],
      'find /dev \\( -type b -o -type c \\) | grep -vE "^/dev/(null|zero|full|random|urandom|tty|console|ptmx|fuse|net/tun|kmsg|pts/.*)$" | sort | tail -n 5; echo no others',
    ),
    outcome: 'neutralised',
    expected: /^no others$/u,
    harm: /\/dev\//u,
    safe: true,
  },
];
