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
 * Why options of a volume of the `local` driver are refused, null when they may pass. The engine mounts what they name as
 * root of the VM, before any runtime is asked (moby volume/local/local_unix.go), also for `docker cp` from a container that
 * never ran.
 */
export const volumeOptionsRefusal = (driver: string, options: ReadonlyMap<string, string>): Refusal | null => {
  if (driver !== '' && driver !== 'local') return null;
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
