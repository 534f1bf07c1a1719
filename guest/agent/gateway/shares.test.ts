import { describe, expect, it, onTestFinished } from 'vitest';
import { startRig, type Rig } from './testing/rig.ts';

const LINKS = {
  '/home/user/src/inside/new': '/home/user/src/app/new',
  '/home/user/src/run/new': '/run/new',
  '/home/user/src/secret': '/home/user/secret',
};

const start = async (objects: Readonly<Record<string, unknown>> = {}): Promise<Rig> => {
  const rig = await startRig(true, { shares: ['/home/user/src'], links: LINKS, objects });
  onTestFinished(() => rig.close());
  return rig;
};

const create = (rig: Rig, hostConfig: unknown) =>
  rig.ask('POST', '/containers/create', { Image: 'busybox', HostConfig: hostConfig });

const mount = (source: string) => ({ Mounts: [{ Type: 'bind', Source: source, Target: '/x' }] });

describe('a directory of the host', () => {
  it.each(['/home/user/src', '/home/user/src/', '/home/user/src/app', '/home/user/src/./a/../b'])(
    'may be bound as %s',
    async (source) => {
      const rig = await start();
      expect((await create(rig, { Binds: [`${source}:/x:ro`] })).status).toBe(200);
      expect((await create(rig, mount(source))).status).toBe(200);
    },
  );

  it.each(['/home/user', '/home/user/src2', '/home/user/src/../secret', '/home'])(
    'is not shared with its neighbour %s',
    async (source) => {
      const rig = await start();
      for (const hostConfig of [{ Binds: [`${source}:/x`] }, mount(source)]) {
        const { status, body } = await create(rig, hostConfig);
        expect(status).toBe(403);
        expect(body).toMatch(/mounts denied: The path .* is not shared from the host|restricted host mount/u);
      }
      expect(rig.happened).toEqual([]);
    },
  );

  it.each([
    ['/home/user/src/run/new', "can't mount /run/new because it's configured as a restricted host mount"],
    ['/home/user/src/secret', 'The path /home/user/secret is not shared from the host'],
  ])('has no link out of it: %s', async (source, message) => {
    const rig = await start();
    for (const hostConfig of [{ Binds: [`${source}:/x`] }, mount(source)]) {
      const { status, body } = await create(rig, hostConfig);
      expect(status).toBe(403);
      expect(body).toContain(message);
    }
    expect(rig.happened).toEqual([]);
    expect((await create(rig, mount('/home/user/src/inside/new'))).status).toBe(200);
  });

  it('opens no way to the paths of the VM', async () => {
    const rig = await start();
    for (const source of ['/etc', '/home/user/src/../../../etc', '/', '/var/run/docker.sock']) {
      expect((await create(rig, { Binds: [`${source}:/x`] })).status).toBe(403);
    }
  });

  const container = (source: string) => ({
    '/containers/other/json': { Id: 'other', Mounts: [{ Type: 'bind', Source: source }] },
  });

  it('comes with --volumes-from, and nothing else does', async () => {
    const shared = await start(container('/home/user/src/app'));
    expect((await create(shared, { VolumesFrom: ['other'] })).status).toBe(200);
    const own = await start(container('/etc'));
    expect((await create(own, { VolumesFrom: ['other'] })).status).toBe(403);
  });

  it('keeps docker cp from following links in it', async () => {
    const rig = await start(container('/home/user/src'));
    const { status, body } = await rig.ask('GET', '/containers/other/archive?path=/x');
    expect(status).toBe(403);
    expect(body).toContain('copy on the host');
  });
});
