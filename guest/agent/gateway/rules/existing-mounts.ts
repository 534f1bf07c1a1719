import type { Engine, MountView } from '../engine.ts';
import { Refusal } from '../refusal.ts';
import { volumeOptionsRefusal } from './volume-options.ts';

/*
 * Volumes and containers made while isolation was off may carry mounts of the VM's own paths. No new container must take them
 * over, and the engine must not follow them on behalf of a client.
 */

/** What a volume of the `local` driver may be called (moby daemon/names, RestrictedNamePattern); the engine refuses others. */
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** The names of a container's volumes. Throws the refusal of the path when it binds one. */
export const volumesOf = (mounts: readonly MountView[], refusalOf: (source: string) => Refusal): readonly string[] => {
  const bind = mounts.find(({ type }) => type === 'bind');
  if (bind !== undefined) throw refusalOf(bind.source);
  return mounts.map(({ name }) => name);
};

/**
 * Throws a Refusal when one of the volumes mounts what is the VM's own. Returns those that were made with options, which the
 * driver mounts from elsewhere. Names that no volume can have are left out.
 */
export const vetVolumes = async (engine: Engine, names: readonly string[]): Promise<ReadonlySet<string>> => {
  const mounted = new Set<string>();
  for (const name of new Set(names.filter((volume) => VOLUME_NAME.test(volume)))) {
    const volume = await engine.inspectVolume(name);
    if (volume === null) continue;
    const refusal = volumeOptionsRefusal(volume.driver, volume.options);
    if (refusal !== null) throw new Refusal(refusal.status, `${refusal.message} (volume ${name})`);
    if (volume.options.size > 0) mounted.add(name);
  }
  return mounted;
};
