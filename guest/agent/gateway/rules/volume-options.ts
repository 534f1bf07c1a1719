import { Refusal } from '../refusal.ts';

/** File systems that the `local` volume driver may mount: they hold nothing of the VM. */
const ALLOWED_TYPES: readonly string[] = ['tmpfs', 'nfs', 'nfs4', 'cifs'];

/**
 * Words of the option `o` that mount(2) takes as flags which turn a mount of any type into one of an existing directory, or
 * let mounts propagate (moby/sys mount/flags_linux.go: compared exactly, separated by commas).
 */
const FORBIDDEN_FLAGS: ReadonlySet<string> = new Set([
  'bind',
  'rbind',
  'remount',
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'unbindable',
  'runbindable',
]);

/**
 * Why a volume's driver is refused, null for the engine's own. For any other name the engine looks for a plugin, at paths that it
 * makes of the name (moby pkg/plugins/discovery.go): with `../` in it, a socket that a container has in a volume. Such a plugin
 * says what of the VM a volume is.
 */
export const volumeDriverRefusal = (driver: string): Refusal | null =>
  driver === '' || driver === 'local'
    ? null
    : new Refusal(
        403,
        `enhanced container isolation: the volume driver "${driver}" is not allowed, because what serves it decides which files ` +
          'of the VM a volume is; use the driver local',
      );

/**
 * Why a volume with this driver and these options is refused, null when it may pass. The engine mounts what they name as
 * root of the VM, before any runtime is asked (moby volume/local/local_unix.go), also for `docker cp` from a container that
 * never ran.
 */
export const volumeOptionsRefusal = (driver: string, options: ReadonlyMap<string, string>): Refusal | null => {
  const foreign = volumeDriverRefusal(driver);
  if (foreign !== null) return foreign;
  const device = options.get('device') ?? '';
  const type = options.get('type');
  const words = (options.get('o') ?? '').split(',');
  const flag = words.find((word) => FORBIDDEN_FLAGS.has(word));
  if (flag !== undefined || type === 'none' || type === 'bind') {
    return new Refusal(
      403,
      `can't mount ${device || '(no device)'} because it's configured as a restricted host mount`,
    );
  }
  if (type === undefined && device === '' && !options.has('o')) return null;
  if (type !== undefined && ALLOWED_TYPES.includes(type)) return null;
  return new Refusal(
    403,
    `enhanced container isolation: a volume of type "${type ?? ''}" is not allowed; ` +
      `the local volume driver may mount ${ALLOWED_TYPES.join(', ')} only`,
  );
};
