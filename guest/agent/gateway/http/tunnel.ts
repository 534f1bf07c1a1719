import type { Duplex } from 'node:stream';
import type { EngineSocket } from './engine-socket.ts';
import { type ByteSource, ConnectionLost, send } from './stream.ts';

export interface Side<S extends Duplex> {
  readonly stream: S;
  readonly source: ByteSource;
}

const unlessLost = async (work: () => Promise<void>, lost: () => void): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    lost();
  }
};

/**
 * Carries bytes both ways until both sides are done. Each direction ends by itself (a container reads the end of its standard
 * input and goes on writing). `before`: what must have been sent to the engine first.
 */
export const tunnel = async (
  client: Side<Duplex>,
  engine: Side<EngineSocket>,
  before: Promise<unknown>,
): Promise<void> => {
  const input = async (): Promise<void> => {
    await before;
    while (!engine.stream.deaf) {
      const bytes = await client.source.read();
      if (bytes === null) {
        engine.stream.end();
        return;
      }
      await send(engine.stream, bytes);
    }
  };
  const output = async (): Promise<void> => {
    for (let bytes = await engine.source.read(); bytes !== null; bytes = await engine.source.read()) {
      await send(client.stream, bytes);
    }
    client.stream.end();
  };
  await Promise.all([
    unlessLost(input, () => {
      if (!client.source.isOver) return;
      engine.stream.destroy();
    }),
    unlessLost(output, () => {
      engine.stream.destroy();
      client.stream.end();
    }),
  ]);
};
