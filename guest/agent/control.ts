import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { EngineWarning } from '../../shared/contract/engine.ts';
import { CONTROL_ROUTES } from '../../shared/contract/vm.ts';
import type { VmSettings, VmStatus } from '../../shared/contract/vm.ts';
import { SWAP_FILE } from './data-disk.ts';
import type { Engine } from './engine.ts';
import { reportEvent } from './events.ts';
import { log } from './log.ts';

export interface ControlOptions {
  readonly engine: Engine;
  readonly settings: VmSettings;
  readonly warnings: readonly EngineWarning[];
}

const shutdownRequest = z.strictObject({ graceSeconds: z.number().int().min(0).max(600) });

/** Unmounts the data disk before the power goes, so that the next boot has no journal to replay. */
const powerOff = (): void => {
  const busybox = (...args: readonly string[]): void => {
    try {
      execFileSync('/bulkhead/bin/busybox', args);
    } catch (error) {
      log(`${args.join(' ')}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  busybox('sync');
  // A file that is swapped to keeps the disk from being unmounted.
  if (readFileSync('/proc/swaps', 'utf8').includes(SWAP_FILE)) busybox('swapoff', SWAP_FILE);
  // Docker's data may have mounts below it.
  busybox('umount', '-l', '/var/lib/docker', '/var/lib/containerd');
  busybox('umount', '/run/data');
  busybox('mount', '-o', 'remount,ro', '/run/data');
  busybox('poweroff', '-f');
};

/** The service of the `control` identity; the routes are stated in shared/contract/vm.ts. */
export const startControl = (options: ControlOptions): { readonly handle: (stream: Duplex) => void } => {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const starting: VmStatus = {
    bootId,
    settings: options.settings,
    engine: 'starting',
    message: null,
    warnings: options.warnings,
    probeImage: null,
  };
  let status = starting;
  const settled = options.engine.ready.then((outcome) => {
    status = outcome.ok
      ? {
          ...starting,
          engine: 'ready',
          ...outcome.value,
          warnings: [...options.warnings, ...outcome.value.warnings],
        }
      : { ...starting, engine: 'failed', message: outcome.error };
  });
  let shuttingDown = false;

  const answer = (response: http.ServerResponse, code: number, body: unknown): void => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  const handlers: Readonly<
    Record<string, (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>>
  > = {
    [`GET ${CONTROL_ROUTES.status}`]: async (_request, response) => {
      answer(response, 200, status);
    },
    [`GET ${CONTROL_ROUTES.engine}`]: async (_request, response) => {
      await settled;
      answer(response, 200, status);
    },
    [`POST ${CONTROL_ROUTES.shutdown}`]: async (request, response) => {
      const body = shutdownRequest.safeParse(JSON.parse(await text(request)));
      if (!body.success) return answer(response, 400, { message: 'expected {"graceSeconds": 0..600}' });
      answer(response, 202, {});
      if (shuttingDown) return;
      shuttingDown = true;
      log('shutting down');
      await options.engine.stop(body.data.graceSeconds);
      reportEvent({ event: 'engineStopped' });
      powerOff();
    },
  };

  const server = http.createServer((request, response) => {
    const handler = handlers[`${request.method ?? ''} ${request.url ?? ''}`];
    if (handler === undefined) return answer(response, 404, { message: 'no such route' });
    handler(request, response).catch((error: unknown) => {
      log(`control: ${error instanceof Error ? error.message : String(error)}`);
      if (!response.headersSent) answer(response, 400, { message: 'the request could not be carried out' });
    });
  });
  // A long poll must outlive the default limits; the host sets its own deadlines.
  server.requestTimeout = 0;
  server.headersTimeout = 30_000;
  return { handle: (stream) => server.emit('connection', stream) };
};
