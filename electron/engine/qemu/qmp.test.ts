import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary.ts';
import { connectQmp, type Qmp } from './qmp.ts';

const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}}, "capabilities": ["oob"]}}\r\n';

interface Command {
  readonly execute: string;
  readonly arguments: unknown;
  readonly id: number;
}

type Answer = (command: Command, socket: net.Socket) => void;

let close: (() => void)[] = [];
afterEach(() => {
  for (const each of close) each();
  close = [];
});

const reply = (socket: net.Socket, value: unknown) => socket.write(`${JSON.stringify(value)}\r\n`);

/** A monitor that negotiates properly and hands everything else to `answer`. */
const monitor = async (answer: Answer, greeting = GREETING) => {
  const path = `${await temporaryDirectory()}/qmp.sock`;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const command = JSON.parse(line) as Command;
        if (command.execute === 'qmp_capabilities') reply(socket, { return: {}, id: command.id });
        else answer(command, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  close.push(() => server.close());
  return path;
};

const connect = async (...args: Parameters<typeof connectQmp>): Promise<Qmp> => {
  const qmp = await connectQmp(...args);
  close.push(qmp.close);
  return qmp;
};

describe('the QMP client', () => {
  it('matches answers to commands by id, in any order', async () => {
    const held: Command[] = [];
    const path = await monitor((command, socket) => {
      held.push(command);
      if (held.length < 2) return;
      for (const each of held.toReversed()) reply(socket, { return: each.execute, id: each.id });
    });
    const qmp = await connect(path);
    await expect(Promise.all([qmp.execute('first'), qmp.execute('second')])).resolves.toEqual(['first', 'second']);
  });

  it('hands over arguments, and errors with their text', async () => {
    const path = await monitor((command, socket) =>
      reply(socket, { error: { class: 'GenericError', desc: JSON.stringify(command.arguments) }, id: command.id }),
    );
    const qmp = await connect(path);
    await expect(qmp.execute('stop', { now: true })).rejects.toThrow('QEMU said: {"now":true}');
  });

  it('reports events between answers', async () => {
    const events: string[] = [];
    const path = await monitor((command, socket) => {
      reply(socket, { timestamp: { seconds: 1, microseconds: 2 }, event: 'SHUTDOWN', data: { guest: true } });
      reply(socket, { return: {}, id: command.id });
    });
    const qmp = await connect(path, undefined, (name) => events.push(name));
    await qmp.execute('quit');
    expect(events).toEqual(['SHUTDOWN']);
  });

  it('gives up on a command without an answer and works on', async () => {
    const path = await monitor((command, socket) => {
      if (command.execute !== 'mute') reply(socket, { return: 1, id: command.id });
    });
    const qmp = await connect(path);
    await expect(qmp.execute('mute', {}, 20)).rejects.toThrow('took longer than');
    await expect(qmp.execute('other')).resolves.toBe(1);
  });

  it('fails what is under way when QEMU goes away', async () => {
    const path = await monitor((_, socket) => socket.destroy());
    const qmp = await connect(path);
    await expect(qmp.execute('query-status')).rejects.toThrow('closed its monitor');
    await qmp.closed;
    await expect(qmp.execute('query-status')).rejects.toThrow('closed its monitor');
  });

  it.each([
    ['another protocol', 'SSH-2.0-x\r\n', 'does not speak QMP'],
    ['silence', '', 'took longer than'],
    ['an endless line', 'x'.repeat(1_048_577), 'more than 1048576 characters'],
  ])('refuses %s', async (_, greeting, message) => {
    const path = await monitor(() => undefined, greeting);
    await expect(connectQmp(path, 100)).rejects.toThrow(message);
  });

  it('says so when there is no socket', async () => {
    await expect(connectQmp(`${await temporaryDirectory()}/none`)).rejects.toThrow('ENOENT');
  });
});
