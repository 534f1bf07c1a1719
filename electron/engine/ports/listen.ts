import dgram from 'node:dgram';
import net from 'node:net';
import { frame, jsonFrame, readFrame, readJsonFrame } from '../../../guest/agent/ports/frames.ts';
import { spliceTcp } from '../../../guest/agent/ports/splice.ts';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import { portAnswerSchema } from '../../../shared/engine/ports.ts';
import type { Connect } from '../agent/connection.ts';
import { deferred } from '../deferred.ts';

/** An open port of the host. */
export interface Listener {
  /** Closes it and cuts its connections. */
  readonly close: () => Promise<void>;
}

/** A client of a UDP port that has neither sent nor got anything for so long is forgotten. */
const UDP_IDLE_MS = 60_000;
/** Clients of one UDP port at a time. Their addresses can be made up, and each of them costs a connection. */
const MAX_UDP_CLIENTS = 256;
/** Bytes that may wait for a slow stream before datagrams are dropped, as a network would. */
const MAX_WAITING = 1_048_576;

/** A stream to the container behind the port. Rejects when the VM does not connect it. */
const dial = async (connect: Connect, port: PublishedPort, signal: AbortSignal) => {
  const stream = await connect('ports', signal);
  stream.on('error', () => stream.destroy());
  try {
    stream.write(jsonFrame({ kind: 'connect', ...port }));
    const answer = portAnswerSchema.parse(await readJsonFrame(stream));
    if (!answer.ok) throw new Error(answer.message);
    return stream;
  } catch (error) {
    stream.destroy();
    throw error;
  }
};

const listenTcp = async (connect: Connect, port: PublishedPort, address: string): Promise<Listener> => {
  const clients = new Set<net.Socket>();
  const serve = async (client: net.Socket): Promise<void> => {
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    client.once('close', onClose);
    try {
      const stream = await dial(connect, port, gone.signal);
      client.off('close', onClose);
      if (client.destroyed) stream.destroy();
      else spliceTcp(client, stream);
    } catch {
      client.resetAndDestroy();
    }
  };
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    clients.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => clients.delete(client));
    void serve(client);
  });
  const listening = deferred<void>();
  server.once('error', listening.reject);
  // One listener for each family, so that what is asked for in one is not given in the other.
  server.listen({ host: address, port: port.port, ipv6Only: net.isIPv6(address) }, listening.resolve);
  await listening.promise;
  server.on('error', () => undefined);
  return {
    close: async () => {
      const closed = deferred<void>();
      server.close(() => closed.resolve());
      for (const client of clients) client.destroy();
      await closed.promise;
    },
  };
};

interface UdpClient {
  readonly send: (data: Buffer) => void;
  readonly close: () => void;
}

const listenUdp = async (connect: Connect, port: PublishedPort, address: string): Promise<Listener> => {
  const clients = new Map<string, UdpClient>();
  const isIPv6 = net.isIPv6(address);
  const socket = dgram.createSocket({ type: isIPv6 ? 'udp6' : 'udp4', ipv6Only: isIPv6 });
  let isClosed = false;

  const admit = (name: string, from: dgram.RemoteInfo): UdpClient => {
    const gone = new AbortController();
    const opening = dial(connect, port, gone.signal);
    const idle = setTimeout(() => gone.abort(), UDP_IDLE_MS);
    gone.signal.addEventListener('abort', () => {
      clearTimeout(idle);
      clients.delete(name);
      opening.then((stream) => stream.destroy()).catch(() => undefined);
    });
    const receive = async (): Promise<void> => {
      const stream = await opening;
      for (;;) {
        const data = await readFrame(stream);
        if (data === null || isClosed) return;
        idle.refresh();
        socket.send(data, from.port, from.address);
      }
    };
    receive()
      .catch(() => undefined)
      .finally(() => gone.abort());
    return {
      send: (data) => {
        idle.refresh();
        opening
          .then((stream) => {
            if (!stream.destroyed && stream.writableLength < MAX_WAITING) stream.write(frame(data));
          })
          .catch(() => undefined);
      },
      close: () => gone.abort(),
    };
  };

  socket.on('message', (data, from) => {
    const name = `${from.address} ${from.port}`;
    let client = clients.get(name);
    if (client === undefined) {
      if (clients.size >= MAX_UDP_CLIENTS) return;
      client = admit(name, from);
      clients.set(name, client);
    }
    client.send(data);
  });
  const listening = deferred<void>();
  socket.once('error', listening.reject);
  socket.bind({ address, port: port.port, exclusive: true }, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('error', () => undefined);
  return {
    close: async () => {
      isClosed = true;
      for (const client of clients.values()) client.close();
      const closed = deferred<void>();
      socket.close(() => closed.resolve());
      await closed.promise;
    },
  };
};

/** Listens on an address of the host for a published port. Rejects with Node's error when the host does not allow it. */
export const listen = (connect: Connect, port: PublishedPort, address: string): Promise<Listener> => {
  switch (port.protocol) {
    case 'tcp':
      return listenTcp(connect, port, address);
    case 'udp':
      return listenUdp(connect, port, address);
  }
};
