import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardedPort, probeArguments, vmArguments, type VmPaths, type VmShape } from './command-line.ts';

const paths: VmPaths = {
  kernel: '/i/kernel',
  initramfs: '/i/initramfs',
  system: '/i/system',
  bulkhead: '/i/bulkhead',
  dataDisk: '/d/data.raw',
  config: '/r/config',
  pid: '/r/pid',
  console: '/l/console.log',
  eventsSocket: '/r/events',
  monitorSocket: '/r/monitor',
  shares: [],
};
const shape: VmShape = { accelerator: 'tcg', cpus: 2, memoryMiB: 2048, threads: true, sandbox: true };

/** The values of a flag that may be given several times. */
const valuesOf = (args: readonly string[], flag: string) =>
  args.flatMap((arg, at) => (arg === flag ? (args[at + 1] ?? []) : []));

describe('the VM', () => {
  const args = vmArguments(shape, paths);

  it('boots the kernel directly, paused, and dies instead of rebooting', () => {
    expect(valuesOf(args, '-kernel')).toEqual(['/i/kernel']);
    expect(valuesOf(args, '-initrd')).toEqual(['/i/initramfs']);
    expect(valuesOf(args, '-append')[0]).toMatch(/console=ttyS0 .*panic=-1/);
    expect(args).toContain('-S');
    expect(args).toContain('-no-reboot');
  });

  it('has the drives in the order that the guest relies on, only the last one writable', () => {
    const drives = valuesOf(args, '-drive');
    expect(drives.map((drive) => /file=(?<path>\S+)$/.exec(drive)?.groups?.['path'])).toEqual([
      '/i/system',
      '/i/bulkhead',
      '/d/data.raw',
    ]);
    expect(drives.map((drive) => drive.includes('readonly=on'))).toEqual([true, true, false]);
    expect(drives[2]).toContain('cache=writeback');
    expect(drives[2]).toContain('discard=unmap');
  });

  it('is reachable on the loopback interface only', () => {
    expect(valuesOf(args, '-netdev')).toEqual(['user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:0-:7070']);
  });

  it('takes an accelerator with the processor that fits it', () => {
    expect(valuesOf(args, '-accel')).toEqual(['tcg,thread=multi']);
    expect(valuesOf(args, '-cpu')).toEqual(['max,la57=off']);
    expect(valuesOf(vmArguments({ ...shape, threads: false }, paths), '-accel')).toEqual(['tcg,thread=single']);
    const fast = vmArguments({ ...shape, accelerator: 'kvm', cpus: 8, memoryMiB: 4096 }, paths);
    expect(valuesOf(fast, '-accel')).toEqual(['kvm']);
    expect(valuesOf(fast, '-cpu')).toEqual(['host']);
    expect(valuesOf(args, '-append')[0]).toMatch(/clearcpuid=cx16$/);
    expect(valuesOf(fast, '-append')[0]).not.toContain('clearcpuid');
    expect(valuesOf(fast, '-smp')).toEqual(['8']);
    expect(valuesOf(fast, '-m')).toEqual(['4096M']);
  });

  it('confines QEMU where QEMU can be confined', () => {
    expect(valuesOf(args, '-sandbox')[0]).toContain('spawn=deny');
    expect(vmArguments({ ...shape, sandbox: false }, paths)).not.toContain('-sandbox');
  });

  it('lets no path add an option of its own', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const drive = valuesOf(vmArguments(shape, { ...paths, dataDisk: `/d/${name}` }), '-drive')[2] ?? '';
        const options = drive.replaceAll(',,', '\0').split(',');
        expect(options.at(-1)?.replaceAll('\0', ',')).toBe(`file=/d/${name}`);
        expect(options).toHaveLength(8);
      }),
    );
  });
});

it('probes without disks and network', () => {
  const args = probeArguments({ accelerator: 'kvm', sandbox: false }, paths);
  expect(valuesOf(args, '-append')[0]).toMatch(/bulkhead\.probe$/);
  expect(args).not.toContain('-drive');
  expect(args).not.toContain('-netdev');
});

describe('the forwarded port', () => {
  it('is read from the monitor', () => {
    const text =
      'Hub -1 (net):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n' +
      '  TCP[HOST_FORWARD]  13       127.0.0.1 37033       10.0.2.15  7070     0     0\r\n';
    expect(forwardedPort(text)).toBe(37_033);
  });

  it('is null when another forward or none is there', () => {
    expect(forwardedPort('')).toBeNull();
    expect(forwardedPort('  TCP[HOST_FORWARD]  13  127.0.0.1 37033  10.0.2.15  22  0  0')).toBeNull();
    expect(forwardedPort('  TCP[ESTABLISHED]  13  127.0.0.1 37033  10.0.2.15  7070  0  0')).toBeNull();
  });
});
