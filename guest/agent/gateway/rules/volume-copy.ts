import { type Json, type JsonObject, text } from '../json/json.ts';
import { listAt, member, stringAt, stringMapAt, stringOf, withMembers } from '../json/shape.ts';

/*
 * The engine fills an empty volume with what the image has at its place, by paths in the VM and as root of it (moby
 * container/container_unix.go, copyExistingContents). The kernel follows no link there in volumes of Docker's data disk. A volume
 * that the driver mounts from elsewhere is a file system of its own, without that protection, and is therefore not filled.
 */

const NO_COPY = 'nocopy';
const TRUE: Json = { kind: 'boolean', value: true };

const optionsOf = (mount: Json): ReadonlyMap<string, string> =>
  stringMapAt(member(member(mount, 'VolumeOptions'), 'DriverConfig'), 'Options');

const isVolume = (mount: Json): boolean => stringAt(mount, 'Type') === 'volume';

/** Whether a HostConfig has the engine make a volume with options of the driver. */
export const describesVolume = (hostConfig: JsonObject): boolean =>
  listAt(hostConfig, 'Mounts').some((mount) => isVolume(mount) && optionsOf(mount).size > 0);

/** `name:place` with the option that keeps the engine from filling the volume (Docker docs, volumes, "nocopy"). */
const bindWithoutCopy = (bind: string): string => {
  const [name, place, mode] = bind.split(':');
  if (mode === undefined) return `${name}:${place}:${NO_COPY}`;
  return mode.split(',').includes(NO_COPY) ? bind : `${bind}${mode === '' ? '' : ','}${NO_COPY}`;
};

/** The HostConfig with the option for the volumes named, and for those that it describes with options itself. */
export const withoutCopy = (hostConfig: JsonObject, volumes: ReadonlySet<string>): JsonObject => {
  const bindOf = (bind: Json): Json => {
    const [name = '', ...rest] = stringOf(bind).split(':');
    return volumes.has(name) && rest.length > 0 ? text(bindWithoutCopy(stringOf(bind))) : bind;
  };
  const mountOf = (mount: Json): Json => {
    if (!isVolume(mount) || !(volumes.has(stringAt(mount, 'Source')) || optionsOf(mount).size > 0)) return mount;
    return withMembers(mount, { VolumeOptions: withMembers(member(mount, 'VolumeOptions'), { NoCopy: TRUE }) });
  };
  const changed = (name: string, change: (item: Json) => Json): Json | undefined => {
    const list = member(hostConfig, name);
    return list?.kind === 'list' ? { kind: 'list', items: list.items.map(change) } : list;
  };
  return withMembers(hostConfig, { Binds: changed('Binds', bindOf), Mounts: changed('Mounts', mountOf) });
};
