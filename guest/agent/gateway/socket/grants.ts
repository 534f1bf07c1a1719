import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { DockerSocketPermissions } from '../../../../shared/contract/vm.ts';
import type { Allowance } from './allowance.ts';
import { listenWaiting, type WaitingServer } from './waiting-server.ts';

/** Where the sockets are that containers are given, one for each container. */
export const GRANTED_SOCKETS = '/run/bulkhead/docker-sockets';

export interface GrantsOptions {
  /** A directory for the sockets, which only root can enter. */
  readonly sockets: string;
  /** A directory that outlives a boot: containers keep the path of their socket. */
  readonly records: string;
  readonly permissions: DockerSocketPermissions;
  readonly isolation: boolean;
  readonly log: (line: string) => void;
}

/** A socket that is made and belongs to no container yet. */
export interface Offer {
  readonly path: string;
  /** Makes it this container's and no other's. Throws when the record cannot be written; then the container has no socket. */
  accept(container: string, allowance: Allowance): void;
  withdraw(): void;
}

/** The Docker sockets that containers have been given. */
export interface Grants {
  /** Rejects when the socket can't be made. */
  offer(): Promise<Offer>;
  /** The socket that this container, by its full id, may have; null when none. */
  socketOf(container: string): string | null;
  /** Forgets the grants of all containers but these. */
  keepOnly(exists: (container: string) => Promise<boolean>): Promise<void>;
  /** From now on serves the connections of the sockets, those that came before included. */
  serve(handle: (stream: Socket) => void): void;
  close(): void;
}

const recordSchema = z.strictObject({
  container: z.string().regex(/^[0-9a-f]{64}$/),
  entry: z.string(),
  derived: z.boolean(),
  imageId: z.string(),
});
type Grant = z.infer<typeof recordSchema>;

const NAME = /^[0-9a-f]{32}$/;

/**
 * A socket's name is random and its record says whose it is, so a path that was seen in another container's configuration is
 * of no use. A record counts only while the list still has the entry that it was made under. Rejects when a socket can't be
 * made.
 */
export const createGrants = async (options: GrantsOptions): Promise<Grants> => {
  const { permissions, log } = options;
  const grants = new Map<string, Grant>();
  const servers = new Map<string, WaitingServer>();
  let handle: ((stream: Socket) => void) | null = null;

  const socketPath = (name: string): string => join(options.sockets, `${name}.sock`);
  const recordPath = (name: string): string => join(options.records, `${name}.json`);

  const isStillAllowed = ({ entry, derived }: Grant): boolean =>
    options.isolation && permissions.images.includes(entry) && (!derived || permissions.allowDerivedImages);

  const listen = async (name: string): Promise<void> => {
    const server = await listenWaiting(socketPath(name), log);
    if (handle !== null) server.serve(handle);
    servers.set(name, server);
  };

  const forget = (name: string): void => {
    servers.get(name)?.close();
    servers.delete(name);
    grants.delete(name);
    rmSync(recordPath(name), { force: true });
    rmSync(socketPath(name), { force: true });
  };

  const readRecord = (name: string): Grant | null => {
    try {
      return recordSchema.parse(JSON.parse(readFileSync(recordPath(name), 'utf8')));
    } catch (error) {
      log(`the record of a Docker socket is unreadable: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  };

  mkdirSync(options.sockets, { recursive: true, mode: 0o700 });
  mkdirSync(options.records, { recursive: true, mode: 0o700 });
  for (const file of readdirSync(options.records)) {
    const name = file.replace(/\.json$/, '');
    const record = NAME.test(name) ? readRecord(name) : null;
    if (record === null || !isStillAllowed(record)) continue;
    grants.set(name, record);
    await listen(name);
  }

  return {
    offer: async () => {
      const name = randomBytes(16).toString('hex');
      await listen(name);
      return {
        path: socketPath(name),
        accept: (container, allowance) => {
          const record = recordSchema.parse({ container, ...allowance });
          const draft = `${recordPath(name)}.new`;
          writeFileSync(draft, JSON.stringify(record), { mode: 0o600, flush: true });
          renameSync(draft, recordPath(name));
          grants.set(name, record);
        },
        withdraw: () => forget(name),
      };
    },
    socketOf: (container) => {
      for (const [name, grant] of grants) if (grant.container === container) return socketPath(name);
      return null;
    },
    keepOnly: async (exists) => {
      for (const [name, { container }] of grants) if (!(await exists(container))) forget(name);
    },
    serve: (next) => {
      handle = next;
      for (const server of servers.values()) server.serve(next);
    },
    close: () => {
      for (const server of servers.values()) server.close();
    },
  };
};
