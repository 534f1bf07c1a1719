/** A port of a container that Docker publishes now. */
export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  /** The host's address that was asked for, as in `-p 127.0.0.1:8080:80`; null when none was. */
  readonly address: string | null;
  readonly port: number;
}

/**
 * What a connection of the identity `ports` is for, as its first frame says. Every frame is a 32-bit big-endian length
 * and as many bytes; these first ones hold JSON.
 *
 * - `watch`: the VM sends a PortList now and at every change; the host answers each with a PortReport.
 * - `connect`: the VM answers with a PortAnswer. Then each frame holds bytes of a TCP stream, an empty one being the end
 *   of its direction, or one UDP datagram. A TCP stream that closes without its end was reset.
 */
export type PortRequest = { readonly kind: 'watch' } | ({ readonly kind: 'connect' } & PublishedPort);

export type PortAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface PortList {
  /** Counts up. */
  readonly version: number;
  readonly ports: readonly PublishedPort[];
}

/** What the host made of a list: it listens for all of them but these. */
export interface PortReport {
  readonly version: number;
  readonly problems: readonly { readonly port: PublishedPort; readonly message: string }[];
}
