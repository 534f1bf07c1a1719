import dgram from 'node:dgram';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { PublishedPort } from '../../../shared/contract/ports.ts';
import { portReportSchema, portRequestSchema } from '../../../shared/engine/ports.ts';
import { frame, jsonFrame, readFrame, readJsonFrame, writeFrame } from './frames.ts';
import type { Target } from './published.ts';
import type { Register } from './register.ts';
import { spliceTcp } from './splice.ts';

/** Datagrams that wait for a slow stream beyond this, in bytes, are dropped, as a network would. */
const MAX_WAITING = 1_048_576;
const CONNECT_TIMEOUT_MS = 30_000;

const refuse = (stream: Duplex, message: string): void => {
  stream.end(jsonFrame({ ok: false, message }));
};

const connectTcp = (stream: Duplex, target: Target): void => {
  const socket = net.connect({ ...target, allowHalfOpen: true, noDelay: true });
  const onError = (error: Error): void => {
    socket.destroy();
    refuse(stream, error.message);
  };
  const onClose = (): void => {
    socket.destroy();
  };
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => onError(new Error('the container does not answer')));
  socket.once('error', onError);
  stream.once('close', onClose);
  socket.once('connect', () => {
    socket.setTimeout(0);
    socket.off('error', onError);
    stream.off('close', onClose);
    stream.write(jsonFrame({ ok: true }));
    spliceTcp(socket, stream);
  });
};

const connectUdp = async (stream: Duplex, target: Target): Promise<void> => {
  const socket = dgram.createSocket(net.isIPv6(target.host) ? 'udp6' : 'udp4');
  stream.once('close', () => socket.close());
  // An ICMP error says only that one datagram was lost.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.connect(target.port, target.host, resolve));
  socket.on('message', (data) => {
    if (!stream.destroyed && stream.writableLength < MAX_WAITING) stream.write(frame(data));
  });
  await writeFrame(stream, jsonFrame({ ok: true }));
  for (;;) {
    const data = await readFrame(stream);
    if (data === null) break;
    socket.send(data);
  }
  stream.destroy();
};

const watch = async (stream: Duplex, register: Register): Promise<void> => {
  const send = (): void => {
    if (!stream.destroyed) stream.write(jsonFrame(register.list()));
  };
  register.hostCame();
  const leave = register.subscribe(send);
  try {
    send();
    for (;;) {
      const report = await readJsonFrame(stream);
      if (report === null) break;
      register.report(portReportSchema.parse(report));
    }
  } finally {
    leave();
    register.hostLeft();
    stream.destroy();
  }
};

const connect = async (stream: Duplex, register: Register, port: PublishedPort): Promise<void> => {
  const target = register.targetOf(port);
  if (target === null) return refuse(stream, `${port.protocol} port ${port.port} is not published`);
  switch (port.protocol) {
    case 'tcp':
      return connectTcp(stream, target);
    case 'udp':
      return connectUdp(stream, target);
  }
};

/**
 * The service of the `ports` identity: tells the host what is published and connects it to that, and to nothing else in
 * the VM. Takes over the stream.
 */
export const servePorts = async (stream: Duplex, register: Register): Promise<void> => {
  try {
    const request = portRequestSchema.parse(await readJsonFrame(stream));
    switch (request.kind) {
      case 'watch':
        return await watch(stream, register);
      case 'connect':
        return await connect(stream, register, request);
    }
  } catch {
    // Broken frames and connections; the host sees the end of the stream.
    stream.destroy();
  }
};
