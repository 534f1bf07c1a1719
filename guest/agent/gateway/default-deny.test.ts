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

const message = (body: string): string => (JSON.parse(body) as { message: string }).message;

const UNKNOWN = [
  ['GET', '/'],
  ['GET', '/v1.45'],
  ['GET', '/containers'],
  ['POST', '/containers/c'],
  ['POST', '/containers/c/new'],
  ['POST', '/Containers/create'],
  ['POST', '/containers/create/'],
  ['PUT', '/containers/create'],
  ['POST', '/v1.45/v1.45/containers/create'],
  ['GET', '/containers/json2'],
  ['HEAD', '/info'],
  ['DELETE', '/images'],
  ['GET', '/images/c/attestations'],
  ['POST', '/sessions'],
] as const;

describe('a route that nobody knows', () => {
  it.each(UNKNOWN)('is refused: %s %s', async (method, path) => {
    const rig = await start();
    const answer = await rig.ask(method, path);
    expect(answer.status).toBe(403);
    if (method !== 'HEAD') expect(message(answer.body)).toMatch(/^enhanced container isolation: .* is not a route/);
    expect(rig.happened).toEqual([]);
  });

  it.each(UNKNOWN)("is the engine's to answer with isolation off: %s %s", async (method, path) => {
    const rig = await start({}, false);
    await rig.ask(method, path);
    expect(rig.happened).toEqual([`${method} ${path}`]);
  });
});

describe.each([true, false])('with isolation %s', (isolation) => {
  it.each(['/debug/vars', '/debug/pprof/', '/debug/pprof/heap', '/v1.45/debug/pprof/cmdline', '/debug'])(
    "the engine's insides are closed: %s",
    async (path) => {
      const rig = await start({}, isolation);
      for (const method of ['GET', 'POST', 'OPTIONS']) expect((await rig.ask(method, path)).status).toBe(403);
      expect(rig.happened).toEqual([]);
    },
  );

  it('methods that ask about a route pass', async () => {
    const rig = await start({}, isolation);
    expect((await rig.ask('HEAD', '/_ping')).status).toBe(200);
    expect((await rig.ask('OPTIONS', '/containers/json')).status).toBe(200);
  });
});

describe('POST /containers/{name}/update', () => {
  it('carries limits and nothing of devices', async () => {
    const rig = await start();
    const body = {
      memory: 1,
      NanoCpus: 5,
      PidsLimit: 7,
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
      devices: [{ PathOnHost: '/dev/vda', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }],
      DeviceCgroupRules: ['b *:* rwm'],
      DeviceRequests: [{ Driver: 'cdi' }],
      CgroupParent: '/',
      Binds: ['/etc:/x'],
    };
    expect((await rig.ask('POST', '/containers/c/update', body)).status).toBe(200);
    expect(JSON.parse(rig.seen.at(-1)?.body.toString() ?? '')).toEqual({
      Memory: 1,
      NanoCpus: 5,
      PidsLimit: 7,
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    });
  });
});

const RUNNING = {
  Id: 'c1',
  State: { Running: true, Pid: 42 },
  GraphDriver: { Data: { MergedDir: '/var/lib/docker/overlay2/x/merged' } },
};

describe('exec', () => {
  it('is written anew', async () => {
    const rig = await start();
    const body = '{"Cmd":["sh"],"user":"a","USER":"b","Privileged":true,"ConsoleSize":[1,2],"Own":1}';
    await rig.ask('POST', '/containers/c/exec', body);
    expect(JSON.parse(rig.seen.at(-1)?.body.toString() ?? '')).toEqual({
      Cmd: ['sh'],
      User: 'b',
      Privileged: true,
      ConsoleSize: [1, 2],
    });
  });

  it("looks a user's name up in what the container has written, at the moment of the start", async () => {
    const rig = await start({
      objects: {
        '/exec/e/json': { ContainerID: 'c1', ProcessConfig: { user: 'new' } },
        '/containers/c1/json': RUNNING,
      },
    });
    await rig.ask('POST', '/exec/e/start', { Detach: true });
    expect(rig.happened).toEqual([
      'GET /exec/e/json',
      'GET /containers/c1/json',
      'flush /var/lib/docker/overlay2/x/merged',
      'POST /exec/e/start',
    ]);
  });

  it('costs one question when it names no user', async () => {
    const rig = await start({ objects: { '/exec/e/json': { ContainerID: 'c1', ProcessConfig: { user: '' } } } });
    await rig.ask('POST', '/exec/e/start', { Detach: true });
    expect(rig.happened).toEqual(['GET /exec/e/json', 'POST /exec/e/start']);
  });
});

describe('checkpoints', () => {
  it.each([
    ['POST', '/containers/c/checkpoints'],
    ['GET', '/containers/c/checkpoints'],
    ['DELETE', '/containers/c/checkpoints/x'],
    ['POST', '/containers/c/start?checkpoint=x'],
    ['POST', '/containers/c/start?checkpoint=&checkpoint=x'],
    ['POST', '/containers/c/start?checkpoint-dir=/etc'],
  ])('are refused: %s %s', async (method, path) => {
    const rig = await start();
    expect((await rig.ask(method, path)).status).toBe(403);
    expect(rig.happened).toEqual([]);
  });
});

describe('POST /build', () => {
  it.each([
    '/build?networkmode=host',
    '/build?networkmode=bridge&networkmode=host',
    '/build?network%6dode=host',
    '/build?networkmode=hos%74',
  ])("is refused on the VM's network: %s", async (path) => {
    const rig = await start();
    const answer = await rig.ask('POST', path, 'tar');
    expect(answer.status).toBe(403);
    expect(message(answer.body)).toContain('--network=host');
  });

  it('gets what it knows, without a parent control group', async () => {
    const rig = await start();
    await rig.ask('POST', '/build?t=a&t=b&cgroupparent=/&own=1&networkmode=none&a;b=c&extrahosts=x%3A1', 'tar');
    expect(rig.seen.at(-1)?.url).toBe('/build?t=a&t=b&networkmode=none&extrahosts=x%3A1');
  });
});

describe('POST /commit', () => {
  it('writes the configuration anew', async () => {
    const rig = await start();
    await rig.ask('POST', '/commit?container=c', '{"cmd":"a","Own":1,"HostConfig":{"Binds":["/:/x"]}}');
    expect(rig.seen.at(-1)?.body.toString()).toBe('{"Cmd":["a"]}');
  });

  it.each(['null', '{}'])('takes a configuration of %s', async (body) => {
    const rig = await start();
    expect((await rig.ask('POST', '/commit?container=c', body)).status).toBe(200);
    expect(rig.seen.at(-1)?.body.toString()).toBe(body);
  });
});

describe('a network that leads past the firewall', () => {
  const objects = {
    '/networks?filters=': [{ Id: 'abcdef', Name: 'wire', Driver: 'macvlan' }],
    '/containers/c/json': { NetworkSettings: { Networks: { wire: { NetworkID: 'abcdef' } } } },
    '/containers/d/json': { NetworkSettings: { Networks: { bridge: { NetworkID: 'xyz' } } } },
  };
  const create = (hostConfig: object, endpoints: object) => ({
    Image: 'i',
    HostConfig: hostConfig,
    NetworkingConfig: { EndpointsConfig: endpoints },
  });

  it.each<[string, unknown]>([
    ['/containers/create', create({ NetworkMode: 'wire' }, {})],
    ['/containers/create', create({ NetworkMode: 'abcd' }, {})],
    ['/containers/create', create({}, { abcdef: {} })],
    ['/networks/wire/connect', { Container: 'd' }],
    ['/networks/abc/connect', { Container: 'd' }],
    ['/containers/c/start', undefined],
    ['/containers/c/restart', undefined],
  ])('is of no use to POST %s (%j)', async (path, body) => {
    const rig = await start({ objects });
    const answer = await rig.ask('POST', path, body);
    expect([answer.status, message(answer.body)]).toEqual([
      403,
      expect.stringContaining('lead past the firewall') as string,
    ]);
    expect(rig.happened.filter((each) => each.startsWith('POST'))).toEqual([]);
  });

  it.each(['ipvlan', 'overlay', '../../../var/lib/docker/volumes/own/_data/evil'])(
    'may be of the driver %s',
    async (Driver) => {
      const networks = [
        { Id: 'other', Name: 'net', Driver: 'bridge' },
        { Id: 'abcdef', Name: 'wire', Driver },
      ];
      const rig = await start({ objects: { ...objects, '/networks?filters=': networks } });
      expect((await rig.ask('POST', '/containers/c/start')).status).toBe(403);
      expect((await rig.ask('POST', '/networks/net/connect', { Container: 'd' })).status).toBe(200);
    },
  );

  it('does not hinder others', async () => {
    const rig = await start({ objects });
    expect((await rig.ask('POST', '/containers/create', create({ NetworkMode: 'bridge' }, {}))).status).toBe(200);
    expect((await rig.ask('POST', '/networks/other/connect', { Container: 'c', EndpointConfig: null })).status).toBe(
      200,
    );
    expect((await rig.ask('POST', '/containers/d/start')).status).toBe(200);
    expect((await rig.ask('POST', '/networks/wire/disconnect', { Container: 'c', Force: true })).status).toBe(200);
  });

  it.each(['overlay', 'a/plugin', 'host'])('cannot be made by the driver %s either', async (Driver) => {
    const rig = await start();
    expect((await rig.ask('POST', '/networks/create', { Name: 'n', Driver })).status).toBe(403);
  });
});

describe('a HostConfig', () => {
  it('reaches the engine without what it would act on before the runtime', async () => {
    const rig = await start();
    const HostConfig = {
      CgroupParent: '/',
      Annotations: { 'run.oci.hooks.stdout': '/etc/x' },
      DeviceCgroupRules: ['b *:* rwm'],
      Cgroup: 'container:x',
      DeviceRequests: [],
      Privileged: true,
      Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
    };
    await rig.ask('POST', '/containers/create', { Image: 'i', HostConfig });
    expect(JSON.parse(rig.seen.at(-1)?.body.toString() ?? '')).toEqual({
      Image: 'i',
      HostConfig: { Privileged: true, Devices: HostConfig.Devices, Runtime: 'sysbox-runc' },
    });
  });

  it.each([
    ['--gpus', { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] }, /device requests/],
    ['a CDI device', { deviceRequests: [{ Driver: 'cdi', DeviceIDs: ['v/x=y'] }] }, /device requests/],
    ['journald', { LogConfig: { Type: 'journald' } }, /the log driver "journald" is not allowed/],
    ['splunk', { LogConfig: { Type: 'splunk', Config: { 'splunk-capath': '/etc/shadow' } } }, /splunk/],
    ['a key of syslog', { LogConfig: { Type: 'syslog', Config: { 'syslog-tls-key': '/run/x' } } }, /syslog-tls-key/],
  ])('with %s is refused', async (_, HostConfig, text) => {
    const rig = await start();
    const answer = await rig.ask('POST', '/containers/create', { Image: 'i', HostConfig });
    expect(answer.status).toBe(403);
    expect(message(answer.body)).toMatch(text);
    expect(rig.happened).toEqual([]);
  });
});
