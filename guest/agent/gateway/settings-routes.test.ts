import { afterEach, describe, expect, it } from 'vitest';
import type { VmSettings } from '../../../shared/contract/vm.ts';
import { type EngineScript, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (settings: Partial<VmSettings>, script: EngineScript = {}): Promise<Rig> => {
  const rig = await startRig(settings, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const message = (body: string): string => (JSON.parse(body) as { message: string }).message;
const sent = (rig: Rig): unknown => JSON.parse(rig.seen.at(-1)?.body.toString() ?? '');

describe.each([true, false])('blockDockerLoad with isolation %s', (isolation) => {
  it.each([
    ['docker load', '/v1.45/images/load?quiet=1'],
    ['docker import', '/images/create?fromSrc=-&repo=a'],
    ['docker import', '/images/create?fromSrc=http%3A%2F%2Fx%2Fy.tar'],
    ['docker import', '/images/create?fromImage=&fromSrc=-'],
    ['docker import', '/images/create?fromImage=&fromImage=alpine&fromSrc=-'],
    ['docker import', '/images/create?fromImage=%zz&fromSrc=-'],
    ['docker import', '/images/create?fromimage=alpine&fromSrc=-'],
  ])('refuses %s: POST %s', async (command, path) => {
    const rig = await start({ isolation, blockDockerLoad: true });
    const answer = await rig.ask('POST', path, Buffer.alloc(100_000, 'tar'), {
      headers: { 'Content-Type': 'application/x-tar' },
    });
    expect(answer.status).toBe(403);
    expect(message(answer.body)).toMatch(`${command} is blocked, because the setting`);
    expect(message(answer.body)).toContain('blockDockerLoad');
    expect(rig.seen).toEqual([]);
  });

  it('cannot be got round by a form, which the engine reads before the query', async () => {
    const rig = await start({ isolation, blockDockerLoad: true });
    for (const type of ['application/x-www-form-urlencoded', 'Multipart/Form-Data; boundary=x']) {
      const answer = await rig.ask('POST', '/images/create?fromImage=alpine', 'fromImage=&fromSrc=http://x/', {
        headers: { 'Content-Type': type },
      });
      expect(answer.status).toBe(415);
    }
    expect(rig.seen).toEqual([]);
  });

  it('lets images be pulled and built', async () => {
    const rig = await start({ isolation, blockDockerLoad: true });
    expect((await rig.ask('POST', '/images/create?fromImage=alpine&tag=latest')).status).toBe(200);
    expect(rig.happened).toEqual(['POST /images/create?fromImage=alpine&tag=latest']);
    const headers = { 'Content-Type': 'application/x-tar' };
    expect((await rig.ask('POST', '/build?t=a', Buffer.from('tar'), { headers })).status).toBe(200);
  });

  it('blocks nothing while it is off', async () => {
    const rig = await start({ isolation });
    expect((await rig.ask('POST', '/images/load', 'tar')).status).toBe(200);
    expect((await rig.ask('POST', '/images/create?fromSrc=-', 'tar')).status).toBe(200);
    expect(rig.seen.map(({ body }) => body.toString())).toEqual(['tar', 'tar']);
  });
});

const PROXY = { http: 'http://p:3128', https: 'http://q:3128', exclude: ['localhost', '.example'] };
const ALL = [
  'HTTP_PROXY=http://p:3128',
  'http_proxy=http://p:3128',
  'HTTPS_PROXY=http://q:3128',
  'https_proxy=http://q:3128',
  'NO_PROXY=localhost,.example',
  'no_proxy=localhost,.example',
];

describe.each([true, false])('the proxies of containers with isolation %s', (isolation) => {
  const environment = async (proxy: VmSettings['proxy'], Env?: readonly string[]): Promise<unknown> => {
    const rig = await start({ isolation, proxy });
    await rig.ask('POST', '/containers/create', { Image: 'i', ...(Env === undefined ? {} : { Env }) });
    return (sent(rig) as { Env?: unknown }).Env;
  };

  it('are in the environment of a new one', async () => {
    expect(await environment(PROXY)).toEqual(ALL);
    expect(await environment(PROXY, ['A=b'])).toEqual(['A=b', ...ALL]);
  });

  it.each(['HTTP_PROXY=x', 'http_proxy=x', 'Http_Proxy', 'http_proxy='])(
    'leave alone what it sets itself: %s',
    async (own) => {
      expect(await environment(PROXY, [own])).toEqual([own, ...ALL.slice(2)]);
    },
  );

  it('are not there when there are none', async () => {
    expect(await environment(null)).toBeUndefined();
    expect(await environment({ http: '', https: '', exclude: ['a'] })).toBeUndefined();
    expect(await environment({ http: '', https: 'http://q', exclude: [] })).toEqual([
      'HTTPS_PROXY=http://q',
      'https_proxy=http://q',
    ]);
  });

  it('are build arguments, where the build has none of its own', async () => {
    const rig = await start({ isolation, proxy: PROXY });
    const args = encodeURIComponent(JSON.stringify({ https_proxy: 'mine', NO_PROXY: null, A: '1' }));
    await rig.ask('POST', `/build?t=a&buildargs=${args}`, 'tar');
    const url = new URL(rig.seen.at(-1)?.url ?? '', 'http://d');
    expect(url.searchParams.get('t')).toBe('a');
    expect(JSON.parse(url.searchParams.get('buildargs') ?? '')).toEqual({
      https_proxy: 'mine',
      NO_PROXY: null,
      A: '1',
      HTTP_PROXY: 'http://p:3128',
      http_proxy: 'http://p:3128',
    });
    await rig.ask('POST', '/build', 'tar');
    expect(rig.seen.at(-1)?.url).toMatch(/^\/build\?buildargs=/);
  });

  it('leave a malformed list of build arguments to the engine', async () => {
    const rig = await start({ isolation, proxy: PROXY });
    for (const args of ['%5B', '%5B%5D']) {
      await rig.ask('POST', `/build?buildargs=${args}`, 'tar');
      expect(rig.seen.at(-1)?.url).toBe(`/build?buildargs=${args}`);
    }
  });
});

describe.each([true, false])('new networks with isolation %s', (isolation) => {
  const created = async (ipv6: boolean, body: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const rig = await start({ isolation, ipv6 });
    await rig.ask('POST', '/v1.45/networks/create', { Name: 'n', ...body });
    return sent(rig);
  };

  it('have IPv6 addresses where the setting says so', async () => {
    for (const body of [
      {},
      { EnableIPv6: false },
      { Driver: 'bridge', enableipv6: false },
      { IPAM: { Driver: 'default' } },
      { ConfigFrom: { Network: '' }, ConfigOnly: false },
    ]) {
      expect(await created(true, body)).toMatchObject({ Name: 'n', EnableIPv6: true });
    }
    expect(await created(false, { EnableIPv6: false })).toMatchObject({ EnableIPv6: false });
    expect(await created(false, { EnableIPv6: true })).toMatchObject({ EnableIPv6: true });
  });

  it.each([
    { Subnet: '10.0.2.0/24' },
    { Subnet: '10.0.2.0/30', Gateway: '10.0.2.2' },
    { Subnet: '10.0.0.0/16', gateway: '10.0.2.3' },
    { Subnet: '10.0.0.0/16', IPRange: '10.0.2.2/32' },
    { Subnet: '10.0.0.0/16', AuxiliaryAddresses: { a: '10.0.2.15' } },
  ])("cannot be in the place of the VM's link to the host: %j", async (config) => {
    const rig = await start({ isolation });
    const body = { Name: 'n', IPAM: { Config: [{ Subnet: '10.10.0.0/24' }, config] } };
    const answer = await rig.ask('POST', '/v1.45/networks/create', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('lies in 10.0.2.0/24, by which the VM and this computer reach each other');
    expect(rig.seen).toEqual([]);
  });

  it('may lie around it', async () => {
    const IPAM = { Config: [{ Subnet: '10.0.0.0/16', Gateway: '10.0.0.1' }] };
    expect(await created(false, { IPAM })).toMatchObject({ IPAM });
  });

  it.each([
    { ConfigOnly: true, EnableIPv6: false },
    { ConfigFrom: { Network: 'c' }, EnableIPv6: false },
    { IPAM: { Driver: 'null' }, EnableIPv6: false },
  ])('that are not ordinary are left alone: %j', async (body) => {
    expect(await created(true, body)).toMatchObject(body);
  });
});
