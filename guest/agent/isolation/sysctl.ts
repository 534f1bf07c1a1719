import { invalidSpec } from './denied.ts';
import { RANGE_SIZE } from './ranges.ts';

/** Settings that belong to a namespace of the container (namespaces(7), ipc_namespaces(7)). */
const NAMESPACED =
  /^(?:net\.[A-Za-z0-9_./-]+|fs\.mqueue\.[a-z_]+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced))$/;
const PING_GROUPS = 'net.ipv4.ping_group_range';

export interface KernelSettings {
  readonly sysctl: Readonly<Record<string, string>>;
  readonly hostname: string | undefined;
  readonly domainname: string | undefined;
}

/** Docker allows every group to ping; the kernel accepts only groups that exist in the user namespace. */
const clampGroups = (value: string): string => {
  const [low, high] = value.split(/\s+/).map(Number);
  if (low === undefined || high === undefined || !Number.isInteger(low) || !Number.isInteger(high)) return value;
  return `${Math.min(low, RANGE_SIZE - 1)} ${Math.min(high, RANGE_SIZE - 1)}`;
};

const isClean = (key: string): boolean => !key.split(/[./]/).some((part) => part === '');

/**
 * The kernel settings of the container. The host and domain name are the UTS namespace's, which the runtime sets by
 * calls of their own. A setting of the VM as a whole is Denied.
 */
export const kernelSettings = (given: {
  readonly sysctl: Readonly<Record<string, string>>;
  readonly hostname: string | undefined;
  readonly domainname: string | undefined;
}): KernelSettings => {
  const sysctl: Record<string, string> = {};
  let { hostname, domainname } = given;
  for (const [key, value] of Object.entries(given.sysctl)) {
    if (key === 'kernel.hostname') hostname = value;
    else if (key === 'kernel.domainname') domainname = value;
    else if (!NAMESPACED.test(key) || !isClean(key)) {
      throw invalidSpec(`sysctl ${key} is a setting of the whole VM, which a container cannot change`);
    } else sysctl[key] = key === PING_GROUPS ? clampGroups(value) : value;
  }
  return { sysctl, hostname, domainname };
};
