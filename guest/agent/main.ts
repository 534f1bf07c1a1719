import { existsSync, readFileSync } from 'node:fs';
import { startControl } from './control.ts';
import { createDoor } from './door.ts';
import { startEngine } from './engine.ts';
import { reportEvent } from './events.ts';
import { flushOverlay } from './flush-overlay.ts';
import { createGateway } from './gateway/gateway.ts';
import { createGrants, GRANTED_SOCKETS } from './gateway/socket/grants.ts';
import { listenWaiting } from './gateway/socket/waiting-server.ts';
import { sealKernel } from './isolation/lockdown.ts';
import { startRuntimeSocket } from './isolation/runtime-socket.ts';
import { log } from './log.ts';
import { followEngine } from './ports/follow.ts';
import { createPortGate } from './ports/gate.ts';
import { createRegister } from './ports/register.ts';
import { servePorts } from './ports/service.ts';
import { mountShares } from './sharing/mount.ts';
import { realPath } from './sharing/real-path.ts';
import { readVmConfig } from './vm-config.ts';

/**
 * The supervisor of the VM. It owns containerd and dockerd, decides how containers are started, and is the only way in.
 * When it ends, tini ends, and with it the VM: nothing runs without it.
 */
const main = async (): Promise<void> => {
  const { settings, keys, shares: served } = readVmConfig(readFileSync('/run/bulkhead/config.json', 'utf8'));
  const shared = mountShares(served);
  const grants = await createGrants({
    sockets: GRANTED_SOCKETS,
    records: '/run/data/docker-sockets',
    permissions: settings.dockerSocket,
    isolation: settings.isolation,
    log,
  });
  // Without isolation the Docker socket is where containers expect it; it must be there before those that restart by themselves.
  const plainSocket = settings.isolation ? null : await listenWaiting('/run/docker.sock', log);
  const sealed = sealKernel(log);
  const dockerSocketOf = (id: string) => grants.socketOf(id);
  const { devices: shares } = shared;
  await startRuntimeSocket({ isolation: settings.isolation, shares, sealed, dockerSocketOf, log });
  const engine = startEngine(settings);
  const control = startControl({ engine, settings, warnings: shared.warnings });
  const register = createRegister();
  const ports = createPortGate(register);
  const gateway = createGateway({
    engineSocket: engine.socket,
    settings,
    grants,
    shares: shared.paths,
    vmHas: existsSync,
    realPath,
    flushOverlay,
    ports,
    log,
  });
  plainSocket?.serve((stream) => gateway.handle(stream));
  await createDoor({
    keys,
    control: (stream) => control.handle(stream),
    docker: (stream) => gateway.handle(stream),
    ports: (stream) => void servePorts(stream, register),
  });
  reportEvent({ event: 'agentReady' });
  await sealed;
  const outcome = await engine.ready;
  if (outcome.ok) void followEngine(register);
  reportEvent(outcome.ok ? { event: 'engineReady' } : { event: 'failed', step: 'engine', message: outcome.error });
};

const end = (error: unknown): never => {
  const message = error instanceof Error ? error.message : String(error);
  log(`the agent failed: ${error instanceof Error ? (error.stack ?? message) : message}`);
  reportEvent({ event: 'failed', step: 'agent', message });
  process.exit(1);
};

process.on('uncaughtException', end);
process.on('unhandledRejection', end);
main().catch(end);
