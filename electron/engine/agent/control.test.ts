import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { httpService } from '../testing/agent-server.ts';
import { configWith } from '../testing/config.ts';
import { startAgent } from '../testing/agent.ts';
import { createConnect } from './connection.ts';
import { createControl } from './control.ts';

const never = new AbortController().signal;
const STATUS = {
  bootId: '0f6f6cb6-0000-4000-8000-000000000000',
  settings: configWith(true).vm,
  engine: 'ready',
  message: null,
  warnings: [],
  probeImage: `sha256:${'a'.repeat(64)}`,
};

const controlOf = async (handler: Parameters<typeof httpService>[0]) =>
  createControl(createConnect(await startAgent({ control: httpService(handler) })));

describe('the control service', () => {
  it('tells its status', async () => {
    const control = await controlOf((request, response) =>
      response.end(JSON.stringify({ ...STATUS, message: request.url })),
    );
    expect(await control.status(never)).toEqual({ ...STATUS, message: '/status' });
    expect(await control.engine(never)).toEqual({ ...STATUS, message: '/engine' });
  });

  it('is not believed when it says something else', async () => {
    const control = await controlOf((_, response) => response.end(JSON.stringify({ ...STATUS, probeImage: 'evil' })));
    await expect(control.status(never)).rejects.toThrow('probeImage');
  });

  it('can not write control characters into our log', async () => {
    const control = await controlOf((_, response) =>
      response.writeHead(500).end(`\u001B[2Jfake\n2026 line ${'x'.repeat(9000)}`),
    );
    await expect(control.status(never)).rejects.toThrow(/with 500: \[2Jfake 2026 line x{400,500}…$/);
  });

  it('takes the order to power off with the grace of the containers', async () => {
    const orders: unknown[] = [];
    const control = await controlOf((request, response) => {
      void json(request).then((order) => {
        orders.push([request.method, request.url, order]);
        response.writeHead(202).end();
      });
    });
    await control.shutdown(10, never);
    expect(orders).toEqual([['POST', '/shutdown', { graceSeconds: 10 }]]);
  });

  it('can be given up while it waits', async () => {
    const control = await controlOf(() => undefined);
    await expect(control.engine(AbortSignal.timeout(50))).rejects.toThrow(/abort/i);
  });
});
