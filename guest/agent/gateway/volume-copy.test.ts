import { afterEach, describe, expect, it } from 'vitest';
import { type EngineScript, type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
const start = async (script: EngineScript = {}): Promise<Rig> => {
  const rig = await startRig(true, script);
  rigs.push(rig);
  return rig;
};
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const OBJECTS = {
  '/volumes/ram': { Driver: 'local', Options: { type: 'tmpfs', device: 'tmpfs' } },
  '/volumes/data': { Driver: 'local', Options: null },
};
const DriverConfig = { Name: 'local', Options: { type: 'tmpfs', device: 'tmpfs' } };
const CREATE = '/v1.45/containers/create';
const VOLUME = '/v1.45/volumes/create';
const using = (hostConfig: object): object => ({ Image: 'i', HostConfig: hostConfig });

describe('a volume that the driver mounts from elsewhere', () => {
  it.each([
    [{ Binds: ['ram:/r'] }, { Binds: ['ram:/r:nocopy'] }],
    [{ Binds: ['ram:/r:ro'] }, { Binds: ['ram:/r:ro,nocopy'] }],
    [{ Binds: ['ram:/r:nocopy'] }, { Binds: ['ram:/r:nocopy'] }],
    [{ Binds: ['data:/d', 'new:/n:rw', 'ram'] }, { Binds: ['data:/d', 'new:/n:rw', 'ram'] }],
    [
      { Mounts: [{ Type: 'volume', Source: 'ram', Target: '/r' }] },
      { Mounts: [{ Type: 'volume', Source: 'ram', Target: '/r', VolumeOptions: { NoCopy: true } }] },
    ],
    [
      { Mounts: [{ Type: 'volume', Target: '/r', VolumeOptions: { NoCopy: false, DriverConfig } }] },
      { Mounts: [{ Type: 'volume', Target: '/r', VolumeOptions: { NoCopy: true, DriverConfig } }] },
    ],
    [
      {
        Mounts: [
          { Type: 'volume', Source: 'data', Target: '/d' },
          { Type: 'tmpfs', Source: 'ram', Target: '/t' },
        ],
      },
      {
        Mounts: [
          { Type: 'volume', Source: 'data', Target: '/d' },
          { Type: 'tmpfs', Source: 'ram', Target: '/t' },
        ],
      },
    ],
  ])('is not filled by the engine: %j', async (asked, sent) => {
    const rig = await start({ objects: OBJECTS });
    expect((await rig.ask('POST', CREATE, using(asked))).status).toBe(200);
    expect(JSON.parse(rig.seen.at(-1)?.body.toString() ?? '')).toMatchObject(using(sent));
  });
});

describe('while the engine fills a volume', () => {
  /** An engine that answers a create only when it is told to. */
  const slow = () => {
    const answers: (() => void)[] = [];
    const script: EngineScript = {
      objects: OBJECTS,
      onRequest: (incoming, response) => {
        if (incoming.url !== CREATE) return false;
        incoming.resume();
        answers.push(() => response.end('{}'));
        return true;
      },
    };
    return { answers, script };
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(setImmediate);
  };

  it.each([
    ['by a request of its own', VOLUME, { Name: 'data', DriverOpts: { type: 'tmpfs', device: 'tmpfs' } }],
    [
      'by another container',
      CREATE,
      using({ Mounts: [{ Type: 'volume', Source: 'data', Target: '/d', VolumeOptions: { DriverConfig } }] }),
    ],
  ])('none gets options %s', async (_, path, body) => {
    const { answers, script } = slow();
    const rig = await start(script);
    const filling = rig.ask('POST', CREATE, using({ Binds: ['data:/d'] }));
    await until(() => answers.length === 1);
    const making = rig.ask('POST', path, body);
    // Requests of others pass, and by the time they have, a request that did not wait would have passed as well.
    for (let turn = 0; turn < 3; turn += 1) await rig.ask('POST', VOLUME, { Name: 'plain' });
    expect(rig.happened.filter((each) => each === `POST ${path}`)).toHaveLength(path === CREATE ? 1 : 3);
    answers[0]?.();
    expect((await filling).status).toBe(200);
    await until(() => path === VOLUME || answers.length === 2);
    answers[1]?.();
    expect((await making).status).toBe(200);
  });

  it('others may be filled, and a client that goes away keeps nobody waiting', async () => {
    const { answers, script } = slow();
    const rig = await start(script);
    const client = await rig.dial();
    const body = JSON.stringify(using({ Binds: ['data:/d'] }));
    const head = `POST ${CREATE} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    client.write(`${head}\r\n\r\n${body}`);
    await until(() => answers.length === 1);
    const second = rig.ask('POST', CREATE, using({ Binds: ['other:/d'] }));
    await until(() => answers.length === 2);
    client.destroy();
    answers[1]?.();
    expect((await second).status).toBe(200);
    const making = await rig.ask('POST', VOLUME, { Name: 'ram2', DriverOpts: { type: 'tmpfs', device: 'tmpfs' } });
    expect(making.status).toBe(200);
  });
});
