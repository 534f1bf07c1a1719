import { afterEach, describe, expect, it } from 'vitest';
import { type EngineScript, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (script: EngineScript = {}, isolation = true): Promise<Rig> => {
  const rig = await startRig(isolation, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const PUT = '/v1.45/containers/c/archive?path=/';

/** The bytes as a body of chunks, each of `size` bytes. */
const chunked = (bytes: Buffer, size: number): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    text += `${piece.length.toString(16)}\r\n${piece.toString('latin1')}\r\n`;
  }
  return `${text}0\r\n\r\n`;
};

describe('an archive for a container', () => {
  it.each([1, 5, 6, 4096])('never reaches the engine as xz, in chunks of %s bytes', async (size) => {
    const rig = await start();
    const body = chunked(Buffer.concat([XZ, Buffer.alloc(10_000, 'x')]), size);
    const answer = await rig.raw(`PUT ${PUT} HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    expect(answer).toContain('HTTP/1.1 403 Forbidden\r\n');
    expect(answer).toContain('xz');
    expect(rig.seen.map(({ body: got }) => got.length).filter((length) => length > 0)).toEqual([]);
  });

  it('never reaches the engine as xz with a length', async () => {
    const rig = await start();
    const answer = await rig.ask('PUT', PUT, Buffer.concat([XZ, Buffer.alloc(1000)]));
    expect(answer.status).toBe(403);
    expect(rig.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a mark', XZ.subarray(0, 5)],
    ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0])],
    ['xz further on', Buffer.concat([Buffer.from('x'), XZ])],
    ['much', Buffer.alloc(1_000_000, 'tar')],
  ])('passes unchanged when it is %s', async (_, bytes) => {
    for (const size of [1, 4096]) {
      if (size === 1 && bytes.length > 100) continue;
      const rig = await start();
      const head = `PUT ${PUT} HTTP/1.1\r\nHost: d\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
      expect(await rig.raw(head + chunked(bytes, size))).toContain('HTTP/1.1 200 OK\r\n');
      expect(rig.seen.at(-1)?.body.equals(bytes)).toBe(true);
    }
  });

  it('may be xz with isolation off', async () => {
    const rig = await start({}, false);
    expect((await rig.ask('PUT', PUT, XZ)).status).toBe(200);
  });
});

describe('a container that was made while isolation was off', () => {
  const bind = { Mounts: [{ Type: 'bind', Source: '/run/bulkhead', Name: '' }] };
  const volume = { Mounts: [{ Type: 'volume', Source: '/var/lib/docker/volumes/evil/_data', Name: 'evil' }] };
  const evil = { Driver: 'local', Options: { type: 'none', o: 'bind', device: '/run/bulkhead' } };
  it.each([
    ['GET', 'binds', { '/containers/c/json': bind }],
    ['HEAD', 'binds', { '/containers/c/json': bind }],
    ['PUT', 'binds', { '/containers/c/json': bind }],
    ['GET', 'has a volume that binds', { '/containers/c/json': volume, '/volumes/evil': evil }],
  ])("gives no %s of the VM's files when it %s", async (method, _, objects) => {
    const rig = await start({ objects });
    expect((await rig.ask(method, PUT)).status).toBe(403);
    expect(rig.happened).not.toContain(`${method} ${PUT}`);
  });

  it('lends its mounts under no other name of it', async () => {
    const rig = await start({ objects: { '/containers/parent/alias/json': bind } });
    const body = { Image: 'i', HostConfig: { VolumesFrom: ['parent/alias'] } };
    expect((await rig.ask('POST', '/containers/create', body)).status).toBe(403);
  });

  it('can be copied from when its mounts are its own', async () => {
    const objects = { '/containers/c/json': volume, '/volumes/evil': { Driver: 'local', Options: null } };
    expect((await (await start({ objects })).ask('GET', PUT)).status).toBe(200);
  });
});

describe('a swarm', () => {
  it.each(['/swarm/init', '/swarm/join', '/services/create', '/services/a/update?version=1', '/v1.45/swarm/init'])(
    'cannot be had: POST %s',
    async (path) => {
      const rig = await start();
      expect((await rig.ask('POST', path, {})).status).toBe(403);
      expect(rig.happened).toEqual([]);
    },
  );

  it('can be looked at and left', async () => {
    const rig = await start();
    expect((await rig.ask('GET', '/services')).status).toBe(200);
    expect((await rig.ask('POST', '/swarm/leave?force=1')).status).toBe(200);
  });
});

describe('a network', () => {
  const create = '/v1.45/networks/create';

  it.each(['macvlan', 'ipvlan'])("of the driver %s would be on the VM's own, past its firewall", async (driver) => {
    const rig = await start();
    for (const body of [
      { Name: 'n', Driver: driver, Options: { parent: 'eth0' } },
      { Name: 'n', Driver: 'bridge', driver },
      { Name: 'n', Driver: driver, ConfigFrom: { Network: 'c' } },
    ]) {
      expect((await rig.ask('POST', create, body)).status).toBe(403);
    }
    expect(rig.happened).toEqual([]);
  });

  it('of containers passes as it is', async () => {
    const rig = await start();
    const body = {
      Name: 'n',
      CheckDuplicate: true,
      Driver: 'bridge',
      Scope: 'local',
      EnableIPv6: true,
      IPAM: {
        Driver: 'default',
        Options: { a: 'b' },
        Config: [
          { Subnet: '10.9.0.0/16', IPRange: '10.9.1.0/24', Gateway: '10.9.0.1', AuxiliaryAddresses: { a: '10.9.0.2' } },
        ],
      },
      Internal: true,
      Attachable: true,
      Ingress: false,
      ConfigOnly: false,
      ConfigFrom: { Network: '' },
      Options: { 'com.docker.network.bridge.name': 'br9' },
      Labels: { a: 'b' },
    };
    expect((await rig.ask('POST', create, body)).status).toBe(200);
    expect(JSON.parse(rig.seen.at(-1)?.body.toString() ?? '')).toEqual(body);
  });
});

describe('a driver that the engine would look for at a path', () => {
  // Where a container can make a socket: moby pkg/plugins/discovery.go joins the name to /run/docker/plugins.
  const Driver = '../../../var/lib/docker/volumes/own/_data/evil';

  it.each([
    ['/v1.45/volumes/create', { Name: 'v', Driver }],
    ['/v1.45/volumes/create', { Name: 'v', driver: Driver, DriverOpts: { type: 'tmpfs' } }],
    ['/v1.45/containers/create', { Image: 'i', HostConfig: { VolumeDriver: Driver } }],
    ['/v1.45/containers/create', { Image: 'i', VolumeDriver: Driver, HostConfig: { Binds: ['v:/v'] } }],
    [
      '/v1.45/containers/create',
      {
        Image: 'i',
        HostConfig: { Mounts: [{ Type: 'volume', Target: '/v', VolumeOptions: { DriverConfig: { Name: Driver } } }] },
      },
    ],
    ['/v1.45/networks/create', { Name: 'n', Driver: 'bridge', IPAM: { Driver } }],
    ['/v1.45/networks/create', { Name: 'n', Driver }],
  ])('is not passed on: POST %s %j', async (path, body) => {
    const rig = await start();
    expect((await rig.ask('POST', path, body)).status).toBe(403);
    expect(rig.happened).toEqual([]);
  });

  it.each([
    ['POST', '/containers/create', { Image: 'i', HostConfig: { Binds: ['old:/v'] } }],
    ['GET', '/containers/c/archive?path=/', undefined],
  ])('and that a volume has from before is not used: %s %s', async (method, path, body) => {
    const rig = await start({
      objects: {
        '/volumes/old': { Driver, Options: null },
        '/containers/c/json': { Id: 'c', Config: { Image: 'i' }, Mounts: [{ Type: 'volume', Name: 'old' }] },
      },
    });
    expect((await rig.ask(method, path, body)).status).toBe(403);
    expect(rig.seen.every(({ method: asked, url }) => asked === 'GET' && !url.includes('archive'))).toBe(true);
  });
});

describe('the log of a container', () => {
  const create = (Type: string, Config: Readonly<Record<string, string>>) => ({
    Image: 'i',
    HostConfig: { LogConfig: { Type, Config } },
  });

  it.each([
    ['fluentd', { 'fluentd-address': 'unix:///run/bulkhead/runtime.sock' }],
    ['syslog', { 'syslog-address': 'UNIXGRAM:///run/bulkhead/engine.sock' }],
  ])('is never written to a socket of the VM by %s', async (type, config) => {
    const rig = await start();
    expect((await rig.ask('POST', '/containers/create', create(type, config))).status).toBe(403);
    expect(rig.happened).toEqual([]);
  });

  it('may go to a server', async () => {
    const body = create('syslog', { 'syslog-address': 'tcp://logs.example:514', tag: 'a' });
    expect((await (await start()).ask('POST', '/containers/create', body)).status).toBe(200);
  });
});
