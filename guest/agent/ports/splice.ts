import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { decoder, encoder } from './frames.ts';

/**
 * Joins a TCP connection with the framed stream that carries it between host and VM. Both directions have back-pressure,
 * an end is passed on as an end, and a reset as a reset: what was cut off must not look complete. The socket has to be
 * one that stays half open (`allowHalfOpen`).
 */
export const spliceTcp = (socket: net.Socket, tunnel: Duplex): void => {
  const encode = encoder();
  const decode = decoder();
  let received = false;

  const cut = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy();
    tunnel.destroy();
  };
  decode.once('end', () => {
    received = true;
  });
  for (const stream of [socket, tunnel, encode, decode]) stream.on('error', cut);
  socket.once('close', () => {
    if (!socket.readableEnded || !received) tunnel.destroy();
  });
  tunnel.once('close', () => {
    if (!decode.writableEnded) cut();
    else if (!tunnel.writableFinished) {
      // The other side has said all and listens no more.
      if (socket.writableFinished) cut();
      else socket.once('finish', cut);
    }
  });
  socket.pipe(encode).pipe(tunnel);
  tunnel.pipe(decode).pipe(socket);
};
