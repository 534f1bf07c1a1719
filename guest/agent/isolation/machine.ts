import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { parseLimits } from './limits.ts';
import type { Machine } from './spec.ts';

const DOCKERD = '/usr/sbin/dockerd';

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};

/** AF_VSOCK exists when its module is loaded, or on disk and loadable (the kernel loads it at the first socket(2)). */
const hasVsock = (): boolean => {
  if (existsSync('/sys/module/vsock')) return true;
  if (read('/proc/sys/kernel/modules_disabled') === '1') return false;
  const modules = `/usr/lib/modules/${os.release()}/kernel/net/vmw_vsock`;
  return ['vsock.ko', 'vsock.ko.xz', 'vsock.ko.zst'].some((name) => existsSync(`${modules}/${name}`));
};

/** What the VM is like now; modules may have been locked since the last time. */
export const readMachine = (): Machine => ({
  arch: process.arch === 'arm64' ? 'arm64' : 'x64',
  appArmor: read('/sys/module/apparmor/parameters/enabled') === 'Y',
  vsock: hasVsock(),
  // The engine, its shims and so the front have inherited them from this process.
  limits: parseLimits(read('/proc/self/limits')),
});

/** Whether the process is this VM's dockerd, and not a program of that name in a container. */
export const isEngine = (pid: number): boolean => {
  try {
    const sameNamespace = ['mnt', 'pid', 'user'].every(
      (type) => readlinkSync(`/proc/${pid}/ns/${type}`) === readlinkSync(`/proc/self/ns/${type}`),
    );
    return sameNamespace && readlinkSync(`/proc/${pid}/exe`) === DOCKERD;
  } catch {
    return false;
  }
};

/** Whether a program of this VM, and not of a container, was called with the id as an argument (proc(5), cmdline). */
export const isNamed = (id: string): boolean =>
  readdirSync('/proc').some((pid) => {
    if (!/^\d+$/u.test(pid)) return false;
    try {
      return (
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(id) &&
        readlinkSync(`/proc/${pid}/ns/user`) === readlinkSync('/proc/self/ns/user')
      );
    } catch {
      return false;
    }
  });
