import { Agent } from 'node:http';
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

const message = (body: string): unknown => (JSON.parse(body) as { message: unknown }).message;
const MODULES = { Type: 'bind', Source: '/lib/modules' };
const restricted = (path: string): string =>
  `failed to create shim task: OCI runtime create failed: error in the container spec: can't mount ${path} because it's configured as a restricted host mount: unknown`;
const socketDenied = (image: string): string =>
  `enhanced container isolation: docker socket mount denied for container with image "${image}"; image is not in the allowed list; if you wish to allow it, configure the docker socket image list in the Bulkhead settings.`;

/** What the engine got as the body of a create. */
const created = async (body: unknown): Promise<unknown> => {
  const rig = await start();
  const answer = await rig.ask('POST', '/v1.45/containers/create?name=c', body);
  expect(answer.status).toBe(200);
  expect(rig.happened.at(-1)).toBe('POST /v1.45/containers/create?name=c');
  return JSON.parse(rig.seen.at(-1)?.body.toString() ?? '');
};

describe('POST /containers/create', () => {
  it.each([
    ['nothing', { Image: 'i' }],
    ['null', { Image: 'i', HostConfig: null }],
    ['runc', { Image: 'i', HostConfig: { Runtime: 'runc' } }],
    ['another shim', { Image: 'i', HostConfig: { runtime: 'io.containerd.runc.v2', RUNTIME: 'crun' } }],
    ['runc at the top level', { Image: 'i', Runtime: 'runc' }],
  ])('gets the isolated runtime when asked for %s', async (_, body) => {
    expect(await created(body)).toEqual({ Image: 'i', HostConfig: { Runtime: 'sysbox-runc' } });
  });

  it("leaves out the wish for the VM's user namespace, and passes the other namespaces on to the runtime", async () => {
    const modes = { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', NetworkMode: 'host', CgroupnsMode: 'host' };
    expect(await created({ Image: 'i', HostConfig: { ...modes, UsernsMode: 'host' } })).toEqual({
      Image: 'i',
      HostConfig: { ...modes, Runtime: 'sysbox-runc' },
    });
  });

  it('passes everything that is not vetted as it is', async () => {
    const body = {
      Image: 'i',
      Cmd: ['sh', '-c', 'é'],
      Entrypoint: 'tini',
      Env: ['A=b'],
      Labels: { a: '1', A: '2' },
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD', 'x'], Interval: 1_000_000_000 },
      HostConfig: {
        Binds: ['data:/data:ro', 'other:/other'],
        Mounts: [
          {
            Type: 'volume',
            Source: 'v',
            Target: '/v',
            VolumeOptions: {
              NoCopy: true,
              DriverConfig: { Name: 'local', Options: { type: 'nfs', device: ':/x', o: 'addr=1.2.3.4,ro' } },
            },
          },
          { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1024 } },
        ],
        Memory: 1,
        Privileged: true,
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
        Tmpfs: { '/run': 'rw' },
        MaskedPaths: [],
      },
      NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['a'] } } },
    };
    expect(await created(body)).toEqual({
      ...body,
      Entrypoint: ['tini'],
      HostConfig: { ...body.HostConfig, Runtime: 'sysbox-runc' },
    });
  });

  it('keeps numbers that JavaScript has no exact value for', async () => {
    const rig = await start();
    await rig.ask('POST', '/containers/create', '{"Image":"i","HostConfig":{"MemorySwap":9223372036854775807}}');
    expect(rig.seen[0]?.body.toString()).toContain('"MemorySwap":9223372036854775807');
  });

  it('gathers what the engine also reads at the top level', async () => {
    expect(await created({ Image: 'i', Memory: 5, Cpuset: '0-1', Binds: ['v:/v'] })).toEqual({
      Image: 'i',
      HostConfig: { Memory: 5, CpusetCpus: '0-1', Binds: ['v:/v'], Runtime: 'sysbox-runc' },
    });
    expect(
      await created({
        Image: 'i',
        Memory: 5,
        VolumeDriver: 'd',
        Binds: ['v:/v'],
        HostConfig: { VolumeDriver: 'local' },
      }),
    ).toEqual({ Image: 'i', HostConfig: { Memory: 5, VolumeDriver: 'local', Runtime: 'sysbox-runc' } });
  });

  it.each<[string, string, unknown]>([
    ['a bind', restricted('/etc'), { HostConfig: { Binds: ['/etc:/x'] } }],
    [
      'a read-only bind',
      restricted('/etc/docker/daemon.json'),
      { HostConfig: { Binds: ['v:/v', '/etc/docker/daemon.json:/x:ro'] } },
    ],
    ['a bind with dots', restricted('/etc'), { HostConfig: { Binds: ['/home/../etc/:/x'] } }],
    [
      'a bind mount',
      restricted('/srv/me'),
      { HostConfig: { Mounts: [{ Type: 'bind', Source: '/srv/me', Target: '/x' }] } },
    ],
    [
      'a bind mount of a path that is not absolute',
      restricted('\\etc'),
      { HostConfig: { Mounts: [{ Type: 'bind', Source: '\\etc', Target: '/x' }] } },
    ],
    ['a bind in another spelling', restricted('/etc'), { hostconfig: { BINDS: ['/etc:/x'] } }],
    ['a bind behind the long s', restricted('/etc'), { 'Ho\u017FtConfig': { 'Bind\u017F': ['/etc:/x'] } }],
    ['a bind at the top level', restricted('/etc'), { Binds: ['/etc:/x'] }],
    ['a mount at the top level', restricted('/etc'), { mounts: [{ type: 'bind', source: '/etc', target: '/x' }] }],
    ['a bind of the data directory', restricted('/var/lib/docker'), { HostConfig: { Binds: ['/var/lib/docker:/x'] } }],
    ['the socket', socketDenied('docker.io/library/i'), { HostConfig: { Binds: ['/var/run/docker.sock:/x'] } }],
    ['the socket in /run', socketDenied('docker.io/library/i'), { HostConfig: { Binds: ['/run/docker.sock:/x'] } }],
    [
      'the socket by a detour',
      socketDenied('docker.io/library/i'),
      { HostConfig: { Binds: ['/var/lib/../run/./docker.sock:/x'] } },
    ],
    [
      'the socket as a mount',
      socketDenied('docker.io/library/i'),
      { HostConfig: { Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/x' }] } },
    ],
    [
      "containerd's socket",
      socketDenied('docker.io/library/i'),
      { HostConfig: { Binds: ['/run/containerd/containerd.sock:/x'] } },
    ],
    [
      "the engine's own socket",
      socketDenied('docker.io/library/i'),
      { HostConfig: { Binds: ['/run/bulkhead/engine.sock:/x'] } },
    ],
    ['the directory of the socket', socketDenied('docker.io/library/i'), { HostConfig: { Binds: ['/var/run:/x'] } }],
    ['the root', restricted('/'), { HostConfig: { Binds: ['/:/x'] } }],
    [
      'a volume that is a bind',
      "can't mount /etc because it's configured as a restricted host mount",
      {
        HostConfig: {
          Mounts: [
            {
              Type: 'volume',
              Source: 'v',
              Target: '/x',
              VolumeOptions: { DriverConfig: { Options: { type: 'none', o: 'bind', device: '/etc' } } },
            },
          ],
        },
      },
    ],
  ])('refuses %s', async (_, text, body) => {
    const rig = await start();
    const answer = await rig.ask('POST', '/containers/create', { Image: 'i', ...(body as object) });
    expect([answer.status, message(answer.body)]).toEqual([403, text]);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(rig.happened).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a bind', { Binds: ['/lib/modules:/lib/modules:ro'] }],
    ['a mount', { Mounts: [{ Type: 'bind', Source: '/usr/lib/modules/', Target: '/m' }] }],
    ['what another container has', { VolumesFrom: ['node'] }],
  ])("passes %s of the kernel's modules", async (_, hostConfig) => {
    const rig = await start({ objects: { '/containers/node/json': { Mounts: [MODULES] } } });
    expect((await rig.ask('POST', '/containers/create', { Image: 'i', HostConfig: hostConfig })).status).toBe(200);
  });

  it.each(['/lib', '/usr/lib', '/lib/modules/../', '/lib/modules/x', '/lib/modules.d', '/LIB/modules'])(
    "refuses %s, which is not the kernel's modules",
    async (source) => {
      const rig = await start();
      const body = { Image: 'i', HostConfig: { Binds: [`${source}:/lib/modules:ro`] } };
      expect((await rig.ask('POST', '/containers/create', body)).status).toBe(403);
    },
  );

  it('reads the last of duplicates and sends only that', async () => {
    const rig = await start();
    const twice = '{"Image":"i","HostConfig":{"Binds":["v:/v"]},"hostconfig":{"binds":["/etc:/x"]}}';
    expect((await rig.ask('POST', '/containers/create', twice)).status).toBe(403);
    const reversed = '{"Image":"i","hostconfig":{"binds":["/etc:/x"]},"HostConfig":{"Binds":["v:/v"]}}';
    expect((await rig.ask('POST', '/containers/create', reversed)).status).toBe(200);
    expect(rig.seen.at(-1)?.body.toString()).toBe(
      '{"Image":"i","HostConfig":{"Binds":["v:/v"],"Runtime":"sysbox-runc"}}',
    );
  });

  it('reads a chunked body as any other', async () => {
    const rig = await start();
    const answer = await rig.ask('POST', '/containers/create', '{"HostConfig":{"Binds":["/etc:/x"]}}', {
      headers: { 'Content-Type': 'Application/JSON; charset=utf-8', 'Transfer-Encoding': 'chunked' },
    });
    expect(answer.status).toBe(403);
  });

  it('logs a refusal in one line and without the query', async () => {
    const rig = await start();
    await rig.ask('POST', '/containers/create?name=secret', { HostConfig: { Binds: ['/a\nb\u007f:/x'] } });
    expect(rig.logged).toEqual([`POST /containers/create was refused: ${restricted('/a b ')}`]);
  });

  it('keeps the connection after a refusal', async () => {
    const rig = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const refused = await rig.ask('POST', '/containers/create', { HostConfig: { Binds: ['/etc:/x'] } }, { agent });
    expect(refused.headers.connection).not.toBe('close');
    expect((await rig.ask('GET', '/_ping', undefined, { agent })).status).toBe(200);
    agent.destroy();
  });

  it.each([
    [
      'a volume that binds',
      { '/volumes/evil': { Driver: 'local', Options: { type: 'none', o: 'bind', device: '/etc' } } },
      { Binds: ['evil:/x'] },
    ],
    [
      'a volume of a block device',
      { '/volumes/evil': { Driver: 'local', Options: { type: 'ext4', device: '/dev/vda' } } },
      { Mounts: [{ Type: 'volume', Source: 'evil', Target: '/x' }] },
    ],
    [
      'a container that binds',
      { '/containers/old/json': { Mounts: [{ Type: 'bind', Source: '/etc' }] } },
      { VolumesFrom: ['old:ro'] },
    ],
    [
      'a container with such a volume',
      {
        '/containers/old/json': {
          Mounts: [{ Type: 'volume', Name: 'evil', Source: '/var/lib/docker/volumes/evil/_data' }],
        },
        '/volumes/evil': { Driver: 'local', Options: { type: 'proc', device: 'proc' } },
      },
      { VolumesFrom: ['old'] },
    ],
  ])('refuses %s that was made while isolation was off', async (_, objects, hostConfig) => {
    const rig = await start({ objects });
    const answer = await rig.ask('POST', '/containers/create', { Image: 'i', HostConfig: hostConfig });
    expect(answer.status).toBe(403);
    expect(rig.happened).not.toContain('POST /containers/create');
  });

  it('asks the engine only about names that it could have', async () => {
    const rig = await start();
    await rig.ask('POST', '/containers/create', {
      Image: 'i',
      HostConfig: {
        Binds: ['../containers/x/json?a:/x', 'a/b:/x', ':/x', 'vol:/x'],
        VolumesFrom: ['../volumes', 'a/../b', 'a//b', 'a/b', ''],
      },
    });
    expect(rig.happened).toEqual(['GET /containers/a/b/json', 'GET /volumes/vol', 'POST /containers/create']);
  });

  it('fails closed when the engine does not say', async () => {
    const rig = await start({
      onRequest: (incoming, response) => {
        if (incoming.method !== 'GET') return false;
        response.writeHead(500);
        response.end();
        return true;
      },
    });
    const answer = await rig.ask('POST', '/containers/create', { Image: 'i', HostConfig: { Binds: ['vol:/v'] } });
    expect(answer.status).toBe(503);
    expect(rig.happened).toEqual(['GET /volumes/vol']);
  });
});

describe('POST /volumes/create', () => {
  it.each([
    ['no options', { Name: 'v', Labels: { a: 'b' } }],
    ['a size', { Name: 'v', Driver: 'local', DriverOpts: { size: '1g' } }],
    ['tmpfs', { DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=100m,uid=1000' } }],
    ['nfs', { DriverOpts: { type: 'nfs', device: ':/export', o: 'addr=10.0.0.1,rw,nfsvers=4' } }],
  ])('passes %s', async (_, body) => {
    const rig = await start();
    expect((await rig.ask('POST', '/volumes/create', body)).status).toBe(200);
    expect(JSON.parse(rig.seen[0]?.body.toString() ?? '')).toEqual(body);
  });

  it('passes without a body', async () => {
    const rig = await start();
    expect((await rig.ask('POST', '/volumes/create')).status).toBe(200);
  });

  it.each([
    [
      'bind',
      { type: 'none', o: 'bind', device: '/etc' },
      /^can't mount \/etc because it's configured as a restricted host mount$/,
    ],
    ['bind under another type', { type: 'tmpfs', o: 'size=1m,bind', device: '/etc' }, /^can't mount \/etc/],
    ['rbind', { type: 'nfs', o: 'rbind', device: '/' }, /^can't mount \/ /],
    ['remount', { type: 'tmpfs', o: 'remount,rw', device: '/x' }, /^can't mount \/x/],
    ['shared', { type: 'tmpfs', o: 'shared', device: 'tmpfs' }, /^can't mount tmpfs/],
    ['no type', { o: 'rw', device: '/etc' }, /a volume of type "" is not allowed/],
    ['an empty type', { type: '', o: 'rw', device: '/etc' }, /a volume of type "" is not allowed/],
    ...[
      'ext4',
      'overlay',
      'proc',
      'sysfs',
      'debugfs',
      'bpf',
      'devtmpfs',
      'cgroup2',
      'NFS',
      'nfs ',
      '9p',
      'virtiofs',
      'fuse',
    ].map((type): [string, Record<string, string>, RegExp] => [
      type,
      { type, device: 'x' },
      new RegExp(
        `a volume of type "${type}" is not allowed; the local volume driver may mount tmpfs, nfs, nfs4, cifs only$`,
      ),
    ]),
  ])('refuses %s', async (_, DriverOpts, text) => {
    const rig = await start();
    for (const body of [{ DriverOpts }, { Driver: 'local', driveropts: DriverOpts }]) {
      const answer = await rig.ask('POST', '/v1.24/volumes/create', body);
      expect(answer.status).toBe(403);
      expect(message(answer.body)).toMatch(text);
    }
    expect(rig.happened).toEqual([]);
  });
});

describe('plugins', () => {
  it.each([
    ['POST', '/v1.45/plugins/pull?remote=x'],
    ['POST', '/plugins/create?name=x'],
    ['POST', '/plugins/a/b:latest/enable'],
    ['POST', '/plugins/x/set'],
    ['POST', '/plugins/x/json'],
    ['GET', '/plugins/privileges?remote=x'],
    ['DELETE', '/plugins/x'],
  ])('are refused: %s %s', async (method, path) => {
    const rig = await start();
    const answer = await rig.ask(method, path);
    expect([answer.status, message(answer.body)]).toEqual([
      403,
      'enhanced container isolation: plugins are not allowed, because they run as root of the VM, outside of any container',
    ]);
    expect(rig.happened).toEqual([]);
  });

  it.each(['/plugins', '/v1.45/plugins/x/json'])('may be listed: %s', async (path) => {
    expect((await (await start()).ask('GET', path)).status).toBe(200);
  });

  it('are refused before their upload is read', async () => {
    const rig = await start();
    const answer = await rig.ask('POST', '/plugins/create', Buffer.alloc(16 * 1024 * 1024));
    expect(answer.status).toBe(403);
    expect(answer.headers.connection).toBe('close');
  });
});

const RUNNING = {
  Id: 'c1',
  State: { Running: true, Pid: 42 },
  GraphDriver: { Data: { MergedDir: '/var/lib/docker/overlay2/x/merged' } },
};
const FLUSH = 'flush /var/lib/docker/overlay2/x/merged';

describe("the engine's view of a running container's files", () => {
  it.each([
    ['GET', '/containers/c/export'],
    ['POST', '/commit?container=c&repo=r'],
    ['POST', '/commit?repo=r&container=%2Fc'],
  ])('is brought up to date before %s %s', async (method, path) => {
    const rig = await start({ objects: { '/containers/c/json': RUNNING } });
    await rig.ask(method, path);
    expect(rig.happened).toEqual(['GET /containers/c/json', FLUSH, `${method} ${path}`]);
  });

  it.each([
    ['is stopped', { ...RUNNING, State: { Running: false, Pid: 0 } }],
    ['is unknown', undefined],
  ])('is left alone when the container %s', async (_, object) => {
    const rig = await start({ objects: object === undefined ? {} : { '/containers/c/json': object } });
    await rig.ask('GET', '/containers/c/archive?path=%2F');
    expect(rig.happened).toEqual(['GET /containers/c/json', 'GET /containers/c/archive?path=%2F']);
  });

  it.each([
    ['GET', '/containers/c/json'],
    ['GET', '/containers/c/logs'],
    ['GET', '/containers/c/changes'],
    ['POST', '/commit?container=..%2Fx'],
  ])('costs nothing for %s %s', async (method, path) => {
    const rig = await start({ objects: { '/containers/c/json': RUNNING } });
    await rig.ask(method, path);
    expect(rig.happened).toEqual([`${method} ${path}`]);
  });
});

describe('with isolation off', () => {
  it.each([
    [
      'POST',
      '/containers/create',
      '{"Image":"i","image":"j","HostConfig":{"Binds":["/etc:/x"],"UsernsMode":"host"},"Own":1}',
    ],
    ['POST', '/volumes/create', '{"DriverOpts":{"type":"none","o":"bind","device":"/etc"}}'],
    ['POST', '/plugins/pull', '[]'],
    ['PUT', '/containers/c/archive', 'tar'],
  ])('%s %s passes byte for byte', async (method, path, body) => {
    const rig = await start({}, false);
    expect((await rig.ask(method, path, body)).status).toBe(200);
    expect(rig.happened).toEqual([`${method} ${path}`]);
    expect(rig.seen[0]?.body.toString()).toBe(body);
  });
});
