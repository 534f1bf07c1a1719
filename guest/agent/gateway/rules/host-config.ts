import type { JsonObject } from '../json/json.ts';
import { listAt, member, stringAt, stringMapAt, withMembers } from '../json/shape.ts';
import { Refusal } from '../refusal.ts';

/*
 * What becomes of HostConfig's fields with isolation on. A field that is not named here is sent on, for one of two reasons.
 *
 * - The runtime front builds the container's specification anew from what is known to be safe, whatever dockerd asks for:
 *   Privileged, CapAdd, CapDrop, SecurityOpt (seccomp, AppArmor, system paths), Devices, Sysctls, MaskedPaths, ReadonlyPaths,
 *   OomScoreAdj, Ulimits, Tmpfs, Init, PidMode, IpcMode, UTSMode, CgroupnsMode, NetworkMode (those of the VM are refused there,
 *   in Docker's words), the limits.
 * - It only describes: RestartPolicy, AutoRemove, PortBindings, Dns, DnsOptions, DnsSearch, ExtraHosts, Links, GroupAdd,
 *   ShmSize, ConsoleSize, PublishAllPorts, ReadonlyRootfs, StorageOpt (a size), ContainerIDFile and Isolation (not for Linux).
 *
 * Binds, Mounts, VolumesFrom and VolumeDriver are vetted by create-container.ts; Runtime and UsernsMode are set there.
 */

/** Left out: the front puts its own in their place, but dockerd and containerd's shim would act on them before. */
const LEFT_OUT = [
  // Where containerd's shim puts its own control group.
  'CgroupParent',
  // Name the shim to be shared, and tell runtimes what to run as root of the VM.
  'Annotations',
  'DeviceCgroupRules',
  'Cgroup',
] as const;

/** Drivers that keep the log with the container, or send it to a server that is named in its options. */
const LOG_DRIVERS: ReadonlySet<string> = new Set(['', 'json-file', 'local', 'none', 'syslog', 'fluentd', 'gelf']);

const logRefusal = (what: string): Refusal => new Refusal(403, `enhanced container isolation: ${what}`);

/** dockerd itself opens what a log goes to (moby daemon/logger), as root of the VM. */
const vetLog = (hostConfig: JsonObject): void => {
  const log = member(hostConfig, 'LogConfig');
  const driver = stringAt(log, 'Type');
  const options = stringMapAt(log, 'Config');
  if (!LOG_DRIVERS.has(driver)) {
    const known = [...LOG_DRIVERS].filter((each) => each !== '').join(', ');
    throw logRefusal(
      `the log driver "${driver}" is not allowed, because it works with files and credentials of the VM; use one of ${known}`,
    );
  }
  const socket = [...options.values()].find((option) => /^unix(?:gram)?:/i.test(option));
  if (socket !== undefined) {
    throw logRefusal(`a log cannot be written to ${socket}, because it is a socket of the VM; use a server`);
  }
  const file = [...options.keys()].find((option) => /^syslog-tls-(?:ca-cert|cert|key)$/.test(option));
  if (file !== undefined) {
    throw logRefusal(`the log option ${file} is not allowed, because it names a file of the VM`);
  }
};

/** The fields of a HostConfig that may reach the engine. Throws a Refusal. */
export const vetHostConfig = (hostConfig: JsonObject): JsonObject => {
  vetLog(hostConfig);
  if (listAt(hostConfig, 'DeviceRequests').length > 0) {
    throw new Refusal(
      403,
      'enhanced container isolation: device requests (--gpus, CDI devices) are not allowed, because what they name is mounted ' +
        'from the VM and set up by programs that run as root of the VM',
    );
  }
  const changes = Object.fromEntries([...LEFT_OUT, 'DeviceRequests'].map((name) => [name, undefined]));
  return withMembers(hostConfig, {
    ...changes,
    ...(stringAt(hostConfig, 'UsernsMode') === 'host' ? { UsernsMode: undefined } : {}),
  });
};
