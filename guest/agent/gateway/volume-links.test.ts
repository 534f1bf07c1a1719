import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './testing/rig.ts';

const rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

/** What is in the container, with where links lead; a path through a link is not there, as it is for the engine. */
const FILES: Readonly<Record<string, string>> = {
  '/v': '',
  '/v/ln': '/v/sub/d',
  '/v/sub': '',
  '/v/sub/d': '',
  '/v/sub/d/f': '',
};
const LOOK = /^HEAD \/containers\/c\/archive\?path=/;

const start = async (type: string): Promise<Rig> => {
  const rig = await startRig(true, {
    objects: { '/containers/c/json': { Id: 'c', Config: { Image: 'i' }, Mounts: [{ Type: type, Name: 'vol' }] } },
    onRequest: ({ method, url = '' }, response) => {
      if (method !== 'HEAD') return false;
      const linkTarget = FILES[decodeURIComponent(url.slice(url.indexOf('=') + 1))];
      const stat = Buffer.from(JSON.stringify({ linkTarget })).toString('base64');
      response.writeHead(linkTarget === undefined ? 500 : 200, { 'X-Docker-Container-Path-Stat': stat });
      response.end();
      return true;
    },
  });
  rigs.push(rig);
  return rig;
};

describe('a copy out of a volume', () => {
  it.each([
    ['/v/sub/d/f', '/v/sub/d/f'],
    ['/v/ln', '/v/ln'],
    ['/v/ln/f', '/v/sub/d/f'],
    ['v/ln/../ln/f', '/v/sub/d/f'],
    ['/v/ln/.', '/v/sub/d/.'],
    ['/v/ln/', '/v/sub/d/'],
    ['/v/ln/missing', '/v/sub/d/missing'],
    ['/nowhere/ln', '/nowhere/ln'],
    ['', ''],
  ])('asks for %s at the place %s', async (asked, sent) => {
    const rig = await start('volume');
    await rig.ask('GET', `/containers/c/archive?noise=1&path=${encodeURIComponent(asked)}`);
    expect(rig.happened.at(-1)).toBe(`GET /containers/c/archive?noise=1&path=${encodeURIComponent(sent)}`);
  });

  it('is the only thing that is looked up so', async () => {
    const rig = await start('tmpfs');
    await rig.ask('GET', '/containers/c/archive?path=%2Fv%2Fln%2Ff');
    expect(rig.happened.filter((each) => LOOK.test(each))).toEqual([]);
  });
});
