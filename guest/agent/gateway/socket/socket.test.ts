import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DockerSocketPermissions } from '../../../../shared/contract/vm.ts';
import { type EngineScript, readAll, type Rig, startRig } from '../testing/rig.ts';
import { createGrants, type Grants } from './grants.ts';

const rigs: Rig[] = [];
const start = async (permissions: Partial<DockerSocketPermissions>, objects: EngineScript['objects']): Promise<Rig> => {
  const dockerSocket = {
    images: [],
    allowDerivedImages: false,
    commandListType: 'deny',
    commands: [],
    ...permissions,
  } as const;
  const rig = await startRig({ dockerSocket }, { objects: objects ?? {} });
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const message = (body: string): string => (JSON.parse(body) as { message: string }).message;
const ID = 'c'.repeat(64);
const digest = (character: string): string => `sha256:${character.repeat(64)}`;
const image = (id: string, repoDigests: readonly string[], layers: readonly string[] = [id]) => ({
  Id: digest(id),
  RepoDigests: repoDigests,
  RootFS: { Layers: layers },
});
const CLI = image('1', [`docker@${digest('a')}`], ['l1', 'l2']);
const RETAGGED = image('2', [`evil@${digest('b')}`]);
const LOCAL = image('3', [], ['l1', 'l2', 'l3']);
const OBJECTS = {
  '/images/docker:cli/json': CLI,
  [`/images/${digest('1')}/json`]: CLI,
  '/images/docker:retagged/json': RETAGGED,
  '/images/built/json': LOCAL,
  '/images/json': [{ Id: digest('1'), RepoDigests: CLI.RepoDigests }, { Id: digest('3') }],
  '/distribution/docker.io/library/docker:cli/json': { Descriptor: { digest: digest('a') } },
  '/distribution/docker.io/library/docker:old/json': { Descriptor: { digest: digest('f') } },
  '/containers/create': { Id: ID, Warnings: [] },
  [`/containers/${ID}/json`]: { Id: ID, Image: digest('1') },
};

const without = (path: string) => Object.fromEntries(Object.entries(OBJECTS).filter(([each]) => each !== path));

const asking = (Image: string, source = '/var/run/docker.sock') => ({
  Image,
  HostConfig: { Binds: [`${source}:/var/run/docker.sock`] },
});

/** The path that a created container's socket was given. */
const pathGiven = (rig: Rig): string => {
  const body = rig.seen.findLast(({ url }) => url.startsWith('/containers/create'))?.body.toString() ?? '{}';
  const { HostConfig } = JSON.parse(body) as { HostConfig: { Binds?: string[]; Mounts?: { Source: string }[] } };
  return HostConfig.Mounts?.[0]?.Source ?? HostConfig.Binds?.[0]?.split(':')[0] ?? '';
};

describe('an image that is in the list', () => {
  it.each([
    ['by *', 'docker:cli', ['*'], false],
    ['by its tag', 'docker:cli', ['docker:cli'], false],
    ['by its full name', 'docker:cli', ['docker.io/library/docker:cli'], false],
    ['by any tag', 'docker:cli', ['docker:*'], false],
    ['by any tag of a repository with a star', 'docker:cli', ['library/*:*'], false],
    ['by its digest', 'docker:cli', [`docker@${digest('a')}`], false],
    ['when it is named by its id', digest('1'), ['docker:cli'], false],
    ['after others', 'docker:cli', ['alpine', 'docker:old', 'docker:cli'], false],
  ])('%s gets a socket of its own', async (_, name, images, allowDerivedImages) => {
    const rig = await start({ images, allowDerivedImages }, OBJECTS);
    const answer = await rig.ask('POST', '/v1.45/containers/create?name=x', asking(name));
    // The stand-in answers by the exact path, which has the version.
    expect(answer.status).toBe(200);
  });

  it.each([
    ['a bind', asking('docker:cli')],
    ['a bind in /run', asking('docker:cli', '/run/docker.sock')],
    ['a bind by a detour', asking('docker:cli', '//var/lib/../run/./docker.sock')],
    [
      'a mount',
      { Image: 'docker:cli', HostConfig: { Mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/s' }] } },
    ],
    ["another container's", asking('docker:cli', '/run/bulkhead/docker-sockets/0123.sock')],
  ])('is given it for %s, and nobody else', async (_, body) => {
    const rig = await start({ images: ['docker:cli'] }, OBJECTS);
    expect((await rig.ask('POST', '/containers/create', body)).status).toBe(200);
    const socket = pathGiven(rig);
    expect(socket).toMatch(/\/sockets\/[0-9a-f]{32}\.sock$/);
    expect(rig.grants.socketOf(ID)).toBe(socket);
    expect(rig.grants.socketOf('d'.repeat(64))).toBeNull();
    const answered = await ask(socket, 'GET', '/_ping');
    expect(answered.status).toBe(200);
  });

  it('gets none when the engine makes no container', async () => {
    const others = without('/containers/create');
    const rig = await start({ images: ['docker:cli'] }, others);
    await rig.ask('POST', '/containers/create', asking('docker:cli'));
    const socket = pathGiven(rig);
    expect(rig.grants.socketOf(ID)).toBeNull();
    expect(existsSync(socket)).toBe(false);
  });

  it('gets none when its name has come to mean another image meanwhile', async () => {
    const rig = await start(
      { images: ['docker:cli'] },
      { ...OBJECTS, [`/containers/${ID}/json`]: { Id: ID, Image: digest('2') } },
    );
    await rig.ask('POST', '/containers/create', asking('docker:cli'));
    expect(rig.grants.socketOf(ID)).toBeNull();
  });

  it('can be copied from and to, and one with the socket of another cannot', async () => {
    const mounts: { Type: string; Source: string }[] = [];
    const objects = { ...OBJECTS, [`/containers/${ID}/json`]: { Id: ID, Image: digest('1'), Mounts: mounts } };
    const rig = await start({ images: ['docker:cli'] }, objects);
    await rig.ask('POST', '/containers/create', asking('docker:cli'));
    mounts.push({ Type: 'bind', Source: pathGiven(rig) });
    expect((await rig.ask('GET', `/containers/${ID}/archive?path=x`)).status).toBe(200);
    mounts.push({ Type: 'bind', Source: pathGiven(rig).replace(/.\.sock$/, '.sock') });
    expect((await rig.ask('GET', `/containers/${ID}/archive?path=x`)).status).toBe(403);
  });

  it('lends it to nobody who takes its volumes', async () => {
    const bind = { Type: 'bind', Source: '/run/bulkhead/docker-sockets/0123.sock', Name: '' };
    const rig = await start({ images: ['*'] }, { ...OBJECTS, '/containers/old/json': { Mounts: [bind] } });
    const body = { Image: 'docker:cli', HostConfig: { VolumesFrom: ['old'] } };
    const answer = await rig.ask('POST', '/containers/create', body);
    expect([answer.status, message(answer.body)]).toEqual([
      403,
      expect.stringContaining('docker socket mount denied') as string,
    ]);
  });
});

describe('an image that is not', () => {
  it.each([
    ['because the list is empty', 'docker:cli', []],
    ['because only its local tag is', 'docker:retagged', ['docker:retagged', 'docker:*']],
    ['because the tag means another image at the registry', 'docker:cli', ['docker:old']],
    ['because another digest is', 'docker:cli', [`docker@${digest('f')}`]],
    ['because it is built here', 'built', ['docker:cli', 'built', 'built:*']],
    ['because its repository is another', 'docker:cli', ['me/docker:*', 'docker.example/library/docker:*', 'dock*:*']],
    ['because its name is no name', '../containers/x', ['docker:*']],
  ])('is refused %s', async (_, name, images) => {
    const rig = await start({ images }, OBJECTS);
    const answer = await rig.ask('POST', '/containers/create', asking(name));
    expect([answer.status, message(answer.body)]).toEqual([
      403,
      expect.stringMatching(
        /docker socket mount denied for container with image ".*"; image is not in the allowed list/,
      ) as string,
    ]);
    expect(rig.happened.some((each) => each.startsWith('POST'))).toBe(false);
  });

  it('is told when its registry cannot be asked', async () => {
    const offline = without('/distribution/docker.io/library/docker:cli/json');
    const rig = await start({ images: ['docker:cli'] }, offline);
    const answer = await rig.ask('POST', '/containers/create', asking('docker:cli'));
    expect(answer.status).toBe(403);
    expect(message(answer.body)).toMatch(
      /could not find out at its registry which image docker.io\/library\/docker:cli is/,
    );
  });

  it('is pulled first when it is not there', async () => {
    const rig = await start({ images: ['docker:*'] }, OBJECTS);
    const answer = await rig.ask('POST', '/containers/create', asking('docker:new'));
    expect([answer.status, message(answer.body)]).toEqual([404, 'No such image: docker:new']);
  });

  it.each(['/var/run', '/run/containerd/containerd.sock', '/run/bulkhead/engine.sock', '/run/bulkhead/docker-sockets'])(
    'and one that is gets no other socket of the VM: %s',
    async (source) => {
      const rig = await start({ images: ['*'] }, OBJECTS);
      expect((await rig.ask('POST', '/containers/create', asking('docker:cli', source))).status).toBe(403);
    },
  );
});

describe('an image that is built from one in the list', () => {
  it('is allowed when derived ones are', async () => {
    const objects = { ...OBJECTS, [`/containers/${ID}/json`]: { Id: ID, Image: digest('3') } };
    for (const images of [['docker:cli'], ['docker:*'], [`docker@${digest('a')}`]]) {
      const rig = await start({ images, allowDerivedImages: true }, objects);
      expect((await rig.ask('POST', '/containers/create', asking('built'))).status).toBe(200);
      expect(rig.grants.socketOf(ID)).toBe(pathGiven(rig));
    }
  });

  it.each([
    ['it has other layers', image('3', [], ['l1', 'x', 'l3'])],
    ['it has fewer layers', image('3', [], ['l1'])],
    ['it is from a registry itself', image('3', [`other@${digest('c')}`], ['l1', 'l2', 'l3'])],
  ])('is refused when %s', async (_, built) => {
    const rig = await start(
      { images: ['docker:cli'], allowDerivedImages: true },
      { ...OBJECTS, '/images/built/json': built },
    );
    expect((await rig.ask('POST', '/containers/create', asking('built'))).status).toBe(403);
  });
});

/** A request on a container's socket. */
const ask = (socketPath: string, method: string, path: string, body?: object) =>
  new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const asked = request({ socketPath, method, path, headers, agent: false }, (incoming) => {
      readAll(incoming).then((bytes) => resolve({ status: incoming.statusCode ?? 0, body: bytes.toString() }), reject);
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });

describe("a container's socket", () => {
  const socketWith = async (permissions: Partial<DockerSocketPermissions>): Promise<{ rig: Rig; socket: string }> => {
    const rig = await start({ images: ['docker:cli'], ...permissions }, OBJECTS);
    await rig.ask('POST', '/containers/create', asking('docker:cli'));
    return { rig, socket: pathGiven(rig) };
  };

  it('refuses a listed command in the words of Docker', async () => {
    const { rig, socket } = await socketWith({ commands: ['push', 'build'] });
    const answer = await ask(socket, 'POST', '/v1.43/images/myimage/push?tag=latest');
    expect([answer.status, message(answer.body)]).toEqual([
      403,
      'enhanced container isolation: docker command "/v1.43/images/myimage/push?tag=latest" is blocked; if you wish to allow it, ' +
        'configure the docker socket command list in the Bulkhead settings.',
    ]);
    for (const path of ['/build', '/session', '/grpc']) expect((await ask(socket, 'POST', path)).status).toBe(403);
    expect((await ask(socket, 'GET', '/containers/json')).status).toBe(200);
    // The list is not about the user's own commands.
    expect((await rig.ask('POST', '/images/myimage/push?tag=latest')).status).toBe(200);
  });

  it('isolates what is made through it', async () => {
    const { rig, socket } = await socketWith({});
    const answer = await ask(socket, 'POST', '/containers/create', { Image: 'i', HostConfig: { Runtime: 'runc' } });
    expect(answer.status).toBe(200);
    expect(rig.seen.at(-1)?.body.toString()).toContain('"Runtime":"sysbox-runc"');
    const bind = await ask(socket, 'POST', '/containers/create', { Image: 'i', HostConfig: { Binds: ['/etc:/x'] } });
    expect(bind.status).toBe(403);
  });

  it.each<[string, DockerSocketPermissions['commandListType'], readonly string[], readonly [string, string, number][]]>(
    [
      [
        'ps is allowed and nothing else',
        'allow',
        ['ps'],
        [
          ['GET', '/containers/json', 200],
          ['GET', '/_ping', 200],
          ['GET', '/version', 403],
          ['POST', '/containers/c/start', 403],
          ['GET', '/nothing', 403],
          ['GET', '/volumes', 403],
        ],
      ],
      [
        'run is allowed with all that it needs',
        'allow',
        ['run'],
        [
          ['POST', '/containers/c/start', 200],
          ['POST', '/containers/c/attach', 200],
          ['POST', '/containers/c/wait', 200],
          ['POST', '/images/create?fromImage=a', 200],
          ['POST', '/containers/c/exec', 403],
          ['DELETE', '/containers/c', 403],
        ],
      ],
      [
        'all of images are refused',
        'deny',
        ['image*'],
        [
          ['GET', '/images/json', 403],
          ['POST', '/images/create?fromImage=a', 403],
          ['DELETE', '/images/a', 403],
          ['GET', '/containers/json', 200],
          ['POST', '/build', 200],
        ],
      ],
      [
        'all of containers are refused',
        'deny',
        ['Container* '],
        [
          ['GET', '/containers/json', 403],
          ['POST', '/exec/e/start', 403],
          ['GET', '/_ping', 200],
          ['GET', '/info', 200],
        ],
      ],
      [
        'imports are refused and pulls are not',
        'deny',
        ['import'],
        [
          ['POST', '/images/create?fromSrc=-', 403],
          ['POST', '/images/create?fromImage=a', 200],
        ],
      ],
      [
        'the system is refused',
        'deny',
        ['system*', 'network', 'volume*'],
        [
          ['GET', '/info', 403],
          ['GET', '/events', 403],
          ['GET', '/networks', 403],
          ['DELETE', '/volumes/v', 403],
          ['GET', '/_ping', 200],
        ],
      ],
      [
        'all is refused that an empty list does not allow',
        'allow',
        [],
        [
          ['GET', '/containers/json', 403],
          ['GET', '/_ping', 200],
        ],
      ],
      ['all is allowed that an empty list does not refuse', 'deny', [], [['POST', '/images/a/push', 200]]],
    ],
  )('obeys the list: %s', async (_, commandListType, commands, expected) => {
    const { socket } = await socketWith({ commandListType, commands });
    for (const [method, path, status] of expected) {
      expect([method, path, (await ask(socket, method, path)).status]).toEqual([method, path, status]);
    }
  });
});

describe('the grants', () => {
  const allowance = { entry: 'docker:cli', derived: false, imageId: digest('1') };
  const permissions: DockerSocketPermissions = {
    images: ['docker:cli'],
    allowDerivedImages: false,
    commandListType: 'deny',
    commands: [],
  };
  const open = async (directory: string, changes: Partial<Parameters<typeof createGrants>[0]> = {}): Promise<Grants> =>
    createGrants({
      sockets: join(directory, 's'),
      records: join(directory, 'r'),
      permissions,
      isolation: true,
      log: () => undefined,
      ...changes,
    });

  const inDirectory = async (work: (directory: string) => Promise<void>): Promise<void> => {
    const directory = await mkdtemp(join(tmpdir(), 'grants-'));
    try {
      await work(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  it('outlive a boot under the same path', () =>
    inDirectory(async (directory) => {
      const before = await open(directory);
      const offer = await before.offer();
      offer.accept(ID, allowance);
      before.close();
      const after = await open(directory);
      expect(after.socketOf(ID)).toBe(offer.path);
      expect(existsSync(offer.path)).toBe(true);
      after.close();
    }));

  it.each<[string, Partial<Parameters<typeof createGrants>[0]>, boolean]>([
    ['its entry was taken from the list', { permissions: { ...permissions, images: ['docker:*'] } }, false],
    ['derived images are no longer allowed', {}, true],
    ['isolation is off', { isolation: false }, false],
  ])('end when %s', (_, changes, derived) =>
    inDirectory(async (directory) => {
      const before = await open(directory);
      (await before.offer()).accept(ID, { ...allowance, derived });
      before.close();
      const after = await open(directory, changes);
      expect(after.socketOf(ID)).toBeNull();
      after.close();
    }),
  );

  it('are none for a damaged record', () =>
    inDirectory(async (directory) => {
      const before = await open(directory);
      (await before.offer()).accept(ID, allowance);
      before.close();
      const [file = ''] = readdirSync(join(directory, 'r'));
      const record = join(directory, 'r', file);
      await writeFile(record, (await readFile(record, 'utf8')).slice(0, -2));
      const after = await open(directory);
      expect(after.socketOf(ID)).toBeNull();
      after.close();
    }));

  it('go with their container', () =>
    inDirectory(async (directory) => {
      const grants = await open(directory);
      const [stays, goes] = [await grants.offer(), await grants.offer()];
      stays.accept(ID, allowance);
      goes.accept('d'.repeat(64), allowance);
      await grants.keepOnly(async (id) => id === ID);
      expect([grants.socketOf(ID), grants.socketOf('d'.repeat(64))]).toEqual([stays.path, null]);
      expect(existsSync(goes.path)).toBe(false);
      expect(readdirSync(join(directory, 'r'))).toHaveLength(1);
      grants.close();
    }));
});
