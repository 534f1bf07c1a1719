/**
 * A container that must not start. The message reaches the person who asked for it, through the runtime's log and
 * Docker's API, so it says what was asked, what is in the way and, where there is one, the way out.
 */
export class Denied extends Error {
  override readonly name = 'Denied';
}

/** The words in which Docker's Enhanced Container Isolation reports a spec that it cannot run. */
export const invalidSpec = (detail: string): Denied =>
  new Denied(`error in the container spec: invalid or unsupported container spec: ${detail}`);

/** The words for a mount from the VM itself (Docker docs, Enhanced Container Isolation). */
export const restrictedMount = (source: string): Denied =>
  new Denied(`error in the container spec: can't mount ${source} because it's configured as a restricted host mount`);
