import type { Accelerator } from '../../../shared/contract/engine.ts';
import { AGENT_PORT } from '../../../shared/contract/vm.ts';

/**
 * The kernel's command line. `panic=-1` and QEMU's `-no-reboot` turn a panic into QEMU's exit, which is noticed: at once while
 * the VM boots, and ten seconds later when guest/image/sysctl.conf holds.
 */
export const KERNEL_ARGUMENTS = 'console=ttyS0 quiet panic=-1';
/**
 * QEMU 7.2's emulator now and then leaves half of the pointer that cmpxchg16b has compared in the flags register, and the
 * kernel stops with a double fault. Without the feature the kernel does not use that instruction (kernel docs,
 * admin-guide/kernel-parameters, clearcpuid); programs still see it, since some distributions ask for it.
 */
const EMULATED_KERNEL_ARGUMENTS = 'clearcpuid=cx16';
/** Makes the guest's init say `PROBE_ANSWER` on its first serial port and power off. */
export const PROBE_ARGUMENT = 'bulkhead.probe';
export const PROBE_ANSWER = 'bulkhead-probe-ok';

/** Absolute paths of what a VM boots from and talks through. */
export interface VmPaths {
  readonly kernel: string;
  readonly initramfs: string;
  readonly system: string;
  readonly bulkhead: string;
  readonly dataDisk: string;
  /** JSON that QEMU hands to the guest, see VmConfig. */
  readonly config: string;
  /** Where QEMU writes its process id. */
  readonly pid: string;
  readonly console: string;
  readonly eventsSocket: string;
  readonly monitorSocket: string;
  /** Sockets of the file servers. */
  readonly shares: readonly { readonly tag: string; readonly socket: string }[];
}

export interface VmShape {
  readonly accelerator: Accelerator['name'];
  readonly cpus: number;
  readonly memoryMiB: number;
  /** TCG: each processor in a thread of its own. */
  readonly threads: boolean;
  /** seccomp is a feature of QEMU on Linux only. */
  readonly sandbox: boolean;
}

type Option = readonly string[];

/** A comma ends an option's value in QEMU's syntax; doubled, it stands for itself (qemu(1)). */
const value = (text: string): string => text.replaceAll(',', ',,');

const kernelArguments = ({ accelerator }: Pick<VmShape, 'accelerator'>): string =>
  accelerator === 'tcg' ? `${KERNEL_ARGUMENTS} ${EMULATED_KERNEL_ARGUMENTS}` : KERNEL_ARGUMENTS;

/** Flags in common of a real boot and of an accelerator's probe. */
const machine = ({ accelerator, cpus, memoryMiB, threads, sandbox }: VmShape): readonly Option[] => [
  ['-nodefaults'],
  ['-no-user-config'],
  ['-no-reboot'],
  ['-display', 'none'],
  ['-name', 'bulkhead'],
  ['-machine', 'q35,vmport=off'],
  ['-accel', accelerator === 'tcg' ? `tcg,thread=${threads ? 'multi' : 'single'}` : accelerator],
  // Five-level page tables cost an emulated guest seconds of boot time.
  ['-cpu', accelerator === 'tcg' ? 'max,la57=off' : 'host'],
  ['-smp', String(cpus)],
  ['-m', `${memoryMiB}M`],
  ...(sandbox
    ? [['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] as const]
    : []),
];

const disk = (id: string, path: string, options: string): readonly Option[] => [
  ['-drive', `if=none,id=${id},format=raw,${options},file=${value(path)}`],
  ['-device', `virtio-blk-pci,drive=${id},serial=${id}`],
];

/** A file server works on the guest's own memory, which therefore must be one that can be shared (QEMU docs, vhost-user). */
const sharing = ({ memoryMiB }: VmShape, shares: VmPaths['shares']): readonly Option[] =>
  shares.length === 0
    ? []
    : [
        ['-object', `memory-backend-memfd,id=memory,size=${memoryMiB}M,share=on`],
        ['-machine', 'memory-backend=memory'],
        ...shares.flatMap(({ tag, socket }): readonly Option[] => [
          ['-chardev', `socket,id=${tag},path=${value(socket)}`],
          ['-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag}`],
        ]),
      ];

/** With `writeback` the guest's flushes reach the disk; the lock is QEMU's own guard against a second user of it. */
const WRITABLE = 'cache=writeback,discard=unmap,detect-zeroes=unmap,file.locking=on';

/**
 * QEMU's arguments for the VM. The drives become /dev/vda (system), /dev/vdb (bulkhead) and /dev/vdc (data). QEMU
 * starts paused, so that nothing the guest says is lost before somebody listens. The host's port for the agent is
 * chosen by the kernel (port 0) and asked of the monitor, so that no other process can take it in between.
 */
export const vmArguments = (shape: VmShape, paths: VmPaths): readonly string[] =>
  [
    ...machine(shape),
    ...sharing(shape, paths.shares),
    ['-S'],
    ['-pidfile', paths.pid],
    ['-kernel', paths.kernel],
    ['-initrd', paths.initramfs],
    ['-append', kernelArguments(shape)],
    ...disk('system', paths.system, 'readonly=on'),
    ...disk('bulkhead', paths.bulkhead, 'readonly=on'),
    ...disk('data', paths.dataDisk, WRITABLE),
    ['-netdev', `user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:0-:${AGENT_PORT}`],
    ['-device', 'virtio-net-pci,netdev=net,romfile='],
    ['-device', 'virtio-rng-pci'],
    ['-fw_cfg', `name=opt/bulkhead/config,file=${value(paths.config)}`],
    ['-chardev', `file,id=console,path=${value(paths.console)}`],
    ['-serial', 'chardev:console'],
    ['-chardev', `socket,id=events,path=${value(paths.eventsSocket)},server=on,wait=off`],
    ['-serial', 'chardev:events'],
    ['-chardev', `socket,id=monitor,path=${value(paths.monitorSocket)},server=on,wait=off`],
    ['-mon', 'chardev=monitor,mode=control'],
  ].flat();

/** QEMU's arguments for a guest that only proves that the accelerator works: no disk, no network, output on stdout. */
export const probeArguments = (
  shape: Pick<VmShape, 'accelerator' | 'sandbox'>,
  paths: Pick<VmPaths, 'kernel' | 'initramfs'>,
): readonly string[] =>
  [
    ...machine({ ...shape, cpus: 1, memoryMiB: 512, threads: false }),
    ['-kernel', paths.kernel],
    ['-initrd', paths.initramfs],
    ['-append', `${kernelArguments(shape)} ${PROBE_ARGUMENT}`],
    ['-chardev', 'stdio,id=console,signal=off'],
    ['-serial', 'chardev:console'],
    ['-monitor', 'none'],
  ].flat();

/** The host's port of the agent, out of the monitor's `info usernet`; null when the forward is not there. */
export const forwardedPort = (usernet: string): number | null => {
  for (const line of usernet.split('\n')) {
    const [kind, , address, port, , guestPort] = line.trim().split(/\s+/);
    if (kind === 'TCP[HOST_FORWARD]' && address === '127.0.0.1' && guestPort === String(AGENT_PORT)) {
      const number = Number(port);
      if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
    }
  }
  return null;
};
