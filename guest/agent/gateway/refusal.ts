/**
 * The gateway's answer instead of the engine's. It reaches the client as Docker's error object, `{"message": …}` with an
 * HTTP status (Docker Engine API, "Errors"), which the docker CLI prints after `Error response from daemon: `.
 */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** The request is not HTTP that the gateway and the engine are sure to read alike. */
export const badRequest = (what: string): Refusal => new Refusal(400, `bad request: ${what}`);

/**
 * A bind of a path of the VM. It is Docker's text for a bind that its runtime refuses at start, so that scripts find the
 * same words whichever door refuses.
 */
export const restrictedMount = (source: string): Refusal =>
  new Refusal(
    403,
    `failed to create shim task: OCI runtime create failed: error in the container spec: can't mount ${source} ` +
      `because it's configured as a restricted host mount: unknown`,
  );

/** A bind of a path that neither the host shares nor the VM has. The words are Docker Desktop's. */
export const mountsDenied = (source: string): Refusal =>
  new Refusal(
    403,
    `mounts denied: The path ${source} is not shared from the host and is not known to Docker. ` +
      'You can configure shared paths in Bulkhead under Settings > Resources > File sharing.',
  );

/** A bind of a socket that commands the engine, or of a directory that holds one. `image` is the full repository name. */
export const socketMountDenied = (image: string): Refusal =>
  new Refusal(
    403,
    `enhanced container isolation: docker socket mount denied for container with image "${image}"; image is not in the ` +
      `allowed list; if you wish to allow it, configure the docker socket image list in the Bulkhead settings.`,
  );
