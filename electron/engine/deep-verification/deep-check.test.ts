import { json as readJson } from 'node:stream/consumers';
import type http from 'node:http';
import { describe, expect, it } from 'vitest';
import { ATTACKS } from '../../../shared/conformance/attacks/index.ts';
import { CHECK_LABEL } from '../../../shared/conformance/lab.ts';
import { createConnect } from '../agent/connection.ts';
import { httpService } from '../testing/agent-server.ts';
import { startAgent } from '../testing/agent.ts';
import { deepCheck, isWithstood, SAFE_ATTACKS, versionsOf } from './deep-check.ts';

const never = new AbortController().signal;
const soon = () => AbortSignal.timeout(10_000);

/** An engine that makes the containers without settings and refuses every other; its containers print nothing. */
const engine = async (onRequest: (line: string) => void = () => undefined) => {
  const live = new Set<string>();
  const requests: string[] = [];
  const answer = async (request: http.IncomingMessage): Promise<readonly [number, unknown]> => {
    const url = new URL(request.url ?? '/', 'http://docker');
    const line = `${request.method} ${url.pathname.replace('/v1.44', '')}`;
    requests.push(line);
    onRequest(line);
    const body = (
      request.method === 'POST' && request.headers['content-type'] !== undefined ? await readJson(request) : {}
    ) as { readonly HostConfig?: object; readonly Labels?: object };
    if (line === 'GET /version') return [200, { Version: '26.1.5', KernelVersion: '6.12' }];
    if (line === 'GET /containers/json') return [200, [...live].map((Id) => ({ Id }))];
    if (line === 'GET /volumes') return [200, { Volumes: [] }];
    if (line === 'GET /networks') return [200, []];
    if (line === 'POST /containers/create') {
      if (body.HostConfig !== undefined) return [403, { message: 'refused for the test' }];
      expect(body.Labels).toEqual({ [CHECK_LABEL]: 'true' });
      const name = url.searchParams.get('name') ?? '';
      live.add(name);
      return [201, { Id: name }];
    }
    if (request.method === 'DELETE') {
      live.delete(line.split('/').at(-1) ?? '');
      return [204, ''];
    }
    if (line.endsWith('/logs') || /^POST \/exec\/.*\/start$/u.test(line)) return [200, ''];
    return [200, { Id: 'made', StatusCode: 0 }];
  };
  const agent = await startAgent({
    docker: httpService((request, response) => {
      void answer(request).then(([status, value]) => {
        response.writeHead(status);
        response.end(value === '' ? '' : JSON.stringify(value));
      });
    }),
  });
  return { connect: createConnect(agent), live, requests };
};

describe('the safe attacks', () => {
  it('leave builds, programs of their own and what is not marked as safe out', () => {
    expect(SAFE_ATTACKS.length).toBeGreaterThan(40);
    for (const { attempt, id } of SAFE_ATTACKS) {
      expect(ATTACKS.find((attack) => attack.id === id)?.safe).toBe(true);
      if (attempt.kind !== 'script') continue;
      expect(attempt.batches).not.toContain('build');
      expect(attempt.batches).not.toContain('legacy build');
      expect(attempt.script).not.toMatch(/\battack \w/u);
    }
  });
});

describe('a deep check', () => {
  it('reports every attempt, counts them, and leaves nothing behind', async () => {
    const { connect, live } = await engine();
    const progress: string[] = [];
    const results = await deepCheck(
      connect,
      'image',
      ({ done, total }) => progress.push(`${done}/${total}`),
      never,
      soon,
    );
    expect(progress.at(-1)).toBe(`${results.length}/${results.length}`);
    expect(progress[0]).toBe(`0/${results.length}`);
    expect(results.find(({ id }) => id === '36')).toMatchObject({ expected: 'refused', verdict: 'unexpected' });
    expect(live.size).toBe(0);
    expect(isWithstood(results)).toBe(false);
    const all = results.map((result) => ({ ...result, verdict: 'withstood' as const }));
    expect(isWithstood(all)).toBe(true);
    expect(isWithstood(all.slice(1))).toBe(false);
  });

  it('cleans up when it is given up, and rejects', async () => {
    const giveUp = new AbortController();
    const { connect, live, requests } = await engine((line) => {
      if (line.startsWith('POST /exec/')) giveUp.abort();
    });
    await expect(deepCheck(connect, 'image', () => undefined, giveUp.signal, soon)).rejects.toThrow(/abort/iu);
    expect(requests.some((line) => line.startsWith('POST /exec/'))).toBe(true);
    expect(live.size).toBe(0);
  });

  it('reads the versions that it reports', async () => {
    const { connect } = await engine();
    expect(await versionsOf(connect, never)).toEqual({ version: '26.1.5', kernel: '6.12' });
  });
});
