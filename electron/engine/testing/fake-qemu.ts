import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { createRegister } from '../../../guest/agent/ports/register.ts';
import { servePorts } from '../../../guest/agent/ports/service.ts';
import { vmSettingsSchema } from '../../../shared/engine/vm-settings.ts';
import { httpService, portOf, serveAgent } from './agent-server.ts';
import { addContainer, createFakeDocker, type FakeDocker } from './docker.ts';

/**
 * Stands for QEMU and for the guest in it: speaks QMP, says the guest's events, and answers as the agent and as Docker.
 * What it does wrong is in the file that it is given as the kernel; what it was asked to do goes into `trace`.
 */
const BEHAVIOUR = z.object({
  trace: z.string(),
  /** Ends the VM before the agent listens, with this on stderr. */
  die: z.string().optional(),
  /** Says this failure instead of going on to the agent. */
  fail: z.string().optional(),
  /** Never says that the agent is ready. */
  hang: z.boolean().default(false),
  /** The engine inside never becomes ready, or fails. */
  engine: z.enum(['ready', 'failed', 'never']).default('ready'),
  /** Containers are not isolated, whatever the configuration says. */
  lax: z.boolean().default(false),
  /** Isolates only the first container. */
  decay: z.boolean().default(false),
  /** Has understood something else than it was told, or has other processors. */
  lie: z.object({ settings: vmSettingsSchema.optional(), cpus: z.number().optional() }).default({}),
  /** Takes the order to shut down and does nothing. */
  deaf: z.boolean().default(false),
  /** The same for the monitor's quit. */
  stubborn: z.boolean().default(false),
  containers: z.array(z.string()).default([]),
  /** A port that a container publishes, and where it leads. */
  published: z
    .object({
      port: z.object({ protocol: z.enum(['tcp', 'udp']), address: z.string().nullable(), port: z.number() }),
      target: z.object({ host: z.string(), port: z.number() }),
    })
    .nullable()
    .default(null),
});
export type Behaviour = Partial<Omit<z.infer<typeof BEHAVIOUR>, 'trace'>>;

const CONFIG = z.object({
  settings: vmSettingsSchema,
  mayFormatDataDisk: z.boolean(),
  keys: z.object({ control: z.string(), docker: z.string(), ports: z.string() }),
});
const COMMAND = z.object({ execute: z.string(), id: z.number() });
const SHUTDOWN = z.object({ graceSeconds: z.number() });

const args = process.argv.slice(2);
const valuesOf = (flag: string): readonly string[] =>
  args.flatMap((arg, at) => (arg === flag ? (args[at + 1] ?? []) : []));
const pathOf = (flag: string, id: string, key: string): string => {
  const option = valuesOf(flag).find((value) => value.includes(id)) ?? '';
  return new RegExp(`(?:^|,)${key}=(?<path>[^,]*)`).exec(option)?.groups?.['path'] ?? '';
};

const main = async () => {
  const behaviour = BEHAVIOUR.parse(JSON.parse(readFileSync(valuesOf('-kernel')[0] ?? '', 'utf8')));
  const config = CONFIG.parse(JSON.parse(readFileSync(pathOf('-fw_cfg', 'opt/bulkhead/config', 'file'), 'utf8')));
  writeFileSync(valuesOf('-pidfile')[0] ?? '', `${process.pid}\n`);
  const trace = (text: string) => appendFileSync(behaviour.trace, `${text}\n`);
  trace(`boot ${config.settings.isolation ? 'isolated' : 'plain'}${config.mayFormatDataDisk ? ' may format' : ''}`);
  let events: net.Socket | null = null;
  const say = (event: object) => events?.write(`${JSON.stringify(event)}\n`);

  const isDecayed = (): boolean =>
    behaviour.decay && docker.requests.filter((line) => line.endsWith('/create')).length > 1;
  const isIsolated = () => config.settings.isolation && !behaviour.lax && !isDecayed();
  const docker: FakeDocker = createFakeDocker(() => ({
    runtime: config.settings.isolation ? 'sysbox-runc' : 'runc',
    output: isIsolated() ? '         0     100000      65536\n' : '         0          0 4294967295\n',
  }));
  for (const name of behaviour.containers) addContainer(docker, name, 'runc', 'running');

  const status = {
    bootId: `boot-${process.pid}`,
    settings: behaviour.lie.settings ?? config.settings,
    engine: behaviour.engine === 'failed' ? 'failed' : 'ready',
    message: behaviour.engine === 'failed' ? 'dockerd ended' : null,
    warnings: [],
    probeImage: `sha256:${'a'.repeat(64)}`,
  };
  const control: http.RequestListener = (request, response) => {
    if (request.url !== '/shutdown') {
      if (behaviour.engine !== 'never') response.end(JSON.stringify(status));
      return;
    }
    void json(request).then((body) => {
      trace(`shutdown ${SHUTDOWN.parse(body).graceSeconds}, ${docker.containers.size} containers`);
      response.writeHead(202).end();
      if (behaviour.deaf) return;
      say({ event: 'engineStopped' });
      // The event is on its way before the power goes.
      setImmediate(() => process.exit(0));
    });
  };
  const register = createRegister();
  if (behaviour.published !== null) register.setContainer('one', [behaviour.published]);
  const agent = await serveAgent(config.keys, {
    control: httpService(control),
    docker: httpService(docker.handler),
    ports: (stream) => void servePorts(stream, register),
  });

  const guest = () => {
    say({ event: 'userland' });
    if (behaviour.die !== undefined) {
      process.stderr.write(`${behaviour.die}\n`);
      process.exit(1);
    }
    if (behaviour.fail !== undefined) {
      say({ event: 'failed', step: 'data', message: behaviour.fail });
      return;
    }
    say({ event: 'dataMounted' });
    if (!behaviour.hang) say({ event: 'agentReady' });
  };

  const answer = (command: string): unknown => {
    switch (command) {
      case 'human-monitor-command':
        return `  TCP[HOST_FORWARD]  13  127.0.0.1 ${portOf(agent)}  10.0.2.15  7070  0  0\r\n`;
      case 'query-chardev':
        return [{ label: 'events', filename: `${events === null ? 'disconnected:' : ''}unix:events.sock,server=on` }];
      case 'query-cpus-fast':
        return Array.from({ length: behaviour.lie.cpus ?? Number(valuesOf('-smp')[0]) }, () => ({}));
      case 'query-memory-size-summary':
        return { 'base-memory': Number.parseInt(valuesOf('-m')[0] ?? '', 10) * 1_048_576 };
      case 'cont':
        guest();
        return {};
      case 'quit':
        trace('quit');
        if (!behaviour.stubborn) setImmediate(() => process.exit(0));
        return {};
      default:
        return {};
    }
  };

  net
    .createServer((socket) => {
      socket.on('error', () => undefined);
      events = socket;
    })
    .listen(pathOf('-chardev', 'id=events', 'path'));
  net
    .createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().trim().split('\n')) {
          const { execute, id } = COMMAND.parse(JSON.parse(line));
          socket.write(`${JSON.stringify({ return: answer(execute), id })}\r\n`);
        }
      });
    })
    .listen(pathOf('-chardev', 'id=monitor', 'path'));
};

if (args[0] === '--version') process.stdout.write('QEMU emulator version 10.0 (pretended)\n');
else
  main().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
