import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, startRig } from './testing/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(true);
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.happened.length = 0;
  rig.seen.length = 0;
});

const JSON_BODY = '{"Image":"i"}';
const create = (fields: string, body = JSON_BODY): string =>
  `POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nConnection: close\r\n${fields}\r\n${body}`;

describe('a request line', () => {
  it.each([
    ['an encoded dot', 'GET /containers/%2e%2e/json HTTP/1.1'],
    ['an encoded dot in capitals', 'GET /containers/a%2Ejson HTTP/1.1'],
    ['an encoded slash', 'POST /containers%2Fcreate HTTP/1.1'],
    ['an encoded slash in a container name', 'POST /containers/a%2f..%2fcreate HTTP/1.1'],
    ['an encoded percent sign', 'GET /containers/%252e/json HTTP/1.1'],
    ['a dot segment', 'POST /containers/x/../create HTTP/1.1'],
    ['a single dot segment', 'POST /containers/./create HTTP/1.1'],
    ['a dot segment at the end', 'GET /containers/.. HTTP/1.1'],
    ['dots from an image name', 'POST /images/..%2fcontainers/create HTTP/1.1'],
    ['an empty segment', 'POST //containers/create HTTP/1.1'],
    ['an empty segment after the version', 'POST /v1.45//containers/create HTTP/1.1'],
    ['an empty segment in an image name', 'GET /images/a%2F%2Fb/json HTTP/1.1'],
    ['an absolute form', 'POST http://docker/containers/create HTTP/1.1'],
    ['an authority form', 'CONNECT docker:80 HTTP/1.1'],
    ['an asterisk', 'GET * HTTP/1.1'],
    ['a fragment', 'POST /containers/create#x HTTP/1.1'],
    ['a backslash', 'POST /containers\\create HTTP/1.1'],
    ['an encoded NUL', 'POST /containers/create%00 HTTP/1.1'],
    ['an encoded space', 'POST /containers/create%20 HTTP/1.1'],
    ['an encoded question mark', 'POST /containers/create%3fa HTTP/1.1'],
    ['a broken escape', 'POST /containers/create%2 HTTP/1.1'],
    ['bytes outside ASCII', 'POST /containers/cr\xe9ate HTTP/1.1'],
    ['a method that Docker has not', 'PATCH /containers/create HTTP/1.1'],
    ['a method in lower case', 'post /containers/create HTTP/1.1'],
    ['two spaces', 'POST  /containers/create HTTP/1.1'],
    ['a tab', 'POST\t/containers/create HTTP/1.1'],
    ['no version', 'POST /containers/create'],
    ['HTTP/2', 'PRI * HTTP/2.0'],
    ['a leading empty line', '\r\nPOST /containers/create HTTP/1.1'],
  ])('with %s is refused', async (_, line) => {
    expect(await rig.raw(`${line}\r\nHost: d\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"message":"bad request: /,
    );
    expect(rig.happened).toEqual([]);
  });

  it.each([
    ['GET', '/images/testcontainers%2Fryuk:0.5.1/json', '/images/testcontainers/ryuk:0.5.1/json'],
    ['GET', '/v1.45/images/r.io%3A5000%2fa%2Fb%3Ac/json', '/v1.45/images/r.io:5000/a/b:c/json'],
    ['GET', '/distribution/a%2Fb/json', '/distribution/a/b/json'],
    ['GET', '/containers/%6ame/top', '/containers/jme/top'],
    ['GET', '/containers/json?filters=%7B%22name%22%3A%7B%22%2e%2E%2F%22%3Atrue%7D%7D', null],
    ['GET', '/networks/', null],
    ['OPTIONS', '*', null],
  ])('%s %s is sent on decoded', async (method, target, decoded) => {
    await rig.raw(`${method} ${target} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n`);
    expect(rig.happened).toEqual([`${method} ${decoded ?? target}`]);
  });
});

describe('framing', () => {
  it.each([
    ['two equal lengths', create('Content-Length: 13\r\nContent-Length: 13\r\n')],
    ['two different lengths', create('Content-Length: 13\r\ncontent-length: 2\r\n')],
    ['a list of lengths', create('Content-Length: 13, 13\r\n')],
    ['a signed length', create('Content-Length: +13\r\n')],
    ['a length in hexadecimal', create('Content-Length: 0xd\r\n')],
    ['length and chunks', create('Content-Length: 13\r\nTransfer-Encoding: chunked\r\n')],
    ['chunks twice', create('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
    ['an unknown coding', create('Transfer-Encoding: gzip, chunked\r\n')],
    ['identity', create('Transfer-Encoding: identity\r\n')],
    ['a space before the colon', create('Transfer-Encoding : chunked\r\n')],
    ['a folded line', create('X: a\r\n Transfer-Encoding: chunked\r\n')],
    ['a bare line feed', create('X: a\nTransfer-Encoding: chunked\r\n')],
    ['a bare carriage return', create('X: a\rTransfer-Encoding: chunked\r\n')],
    ['a NUL', create('X: a\0\r\n')],
    ['no field name', create(': a\r\n')],
    ['a line without a colon', create('abc\r\n')],
    ['chunks in HTTP/1.0', 'POST /containers/create HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a bare line feed in a chunk size', create('Transfer-Encoding: chunked\r\n', `d\n${JSON_BODY}\r\n0\r\n\r\n`)],
    ['a chunk longer than its size', create('Transfer-Encoding: chunked\r\n', `c\r\n${JSON_BODY}\r\n0\r\n\r\n`)],
    ['a signed chunk size', create('Transfer-Encoding: chunked\r\n', `+d\r\n${JSON_BODY}\r\n0\r\n\r\n`)],
    ['a chunk size with 0x', create('Transfer-Encoding: chunked\r\n', `0xd\r\n${JSON_BODY}\r\n0\r\n\r\n`)],
    ['a malformed trailer', create('Transfer-Encoding: chunked\r\n', `d\r\n${JSON_BODY}\r\n0\r\n: x\r\n\r\n`)],
  ])('with %s is refused', async (_, bytes) => {
    expect(await rig.raw(bytes)).toMatch(/^HTTP\/1\.1 (?:400|501) [\s\S]*"message":"bad request: /);
    expect(rig.happened).toEqual([]);
  });

  it('of a request that is streamed is checked too', async () => {
    const answer = await rig.raw(
      'POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*a chunk is longer than its size/);
    expect(rig.seen).toEqual([]);
  });

  it('leaves nothing of one request for the next', async () => {
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: d\r\n\r\n';
    await rig.raw(
      `POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` +
        'GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n',
    );
    expect(rig.happened).toEqual(['POST /build', 'GET /_ping']);
    expect(rig.seen[0]?.body.toString()).toBe(hidden);
  });

  it('of a vetted request is made anew', async () => {
    await rig.raw(
      create(
        'Transfer-Encoding: chunked\r\nTrailer: X-T\r\nExpect: 200-ok\r\nX-Keep: 1\r\n',
        `1;x=y\r\n{\r\n0c\r\n"Image":"i"}\r\n0\r\nX-T: 1\r\n\r\n`,
      ),
    );
    const fields = rig.seen[0]?.rawHeaders ?? [];
    expect(fields).toEqual([
      'Host',
      'd',
      'Connection',
      'close',
      'X-Keep',
      '1',
      'Content-Type',
      'application/json',
      'Content-Length',
      String(rig.seen[0]?.body.length),
    ]);
  });
});

describe('a head', () => {
  it('of more than 1 MiB is refused', async () => {
    const answer = await rig.raw(`GET /_ping HTTP/1.1\r\nHost: d\r\nX: ${'x'.repeat(1024 * 1024)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(rig.happened).toEqual([]);
  });

  it('with large credentials passes', async () => {
    const auth = 'x'.repeat(300_000);
    const answer = await rig.raw(
      `GET /_ping HTTP/1.1\r\nHost: d\r\nX-Registry-Config: ${auth}\r\nConnection: close\r\n\r\n`,
    );
    // The stand-in for the engine takes less than the engine does.
    expect(answer).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n$/);
  });
});

describe('a JSON body', () => {
  it.each([
    ['a form', 'application/x-www-form-urlencoded', JSON_BODY, 415, /a form is not taken/],
    ['text', 'text/plain', JSON_BODY, 400, /unsupported Content-Type header \(text\/plain\)/],
    ['no type', '', JSON_BODY, 400, /unsupported Content-Type header \(\)/],
    ['nothing', 'application/json', '', 400, /got EOF while reading request body/],
    ['no JSON', 'application/json', '{"Image":', 400, /invalid JSON: unexpected end of JSON input/],
    ['two values', 'application/json', '{"Image":"i"}{"HostConfig":{}}', 400, /unexpected content after JSON/],
    ['a list', 'application/json', '[]', 400, /the body must be an object/],
    ['a wrong type', 'application/json', '{"HostConfig":{"Binds":"/:/x"}}', 400, /HostConfig\.Binds must be a list/],
    ['more than 4 MiB', 'application/json', `{"Image":"${'x'.repeat(4 * 1024 * 1024)}"}`, 413, /larger than 4 MiB/],
  ])('of %s is refused', async (_, type, body, status, message) => {
    const headers = {
      ...(type === '' ? {} : { 'Content-Type': type }),
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const answer = await rig.ask('POST', '/containers/create', body, { headers });
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.body) as { message: string }).message).toMatch(message);
    expect(rig.happened).toEqual([]);
  });

  it('of more than 4 MiB in chunks is refused', async () => {
    const body = `{"Image":"${'x'.repeat(5 * 1024 * 1024)}"}`;
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    expect((await rig.ask('POST', '/containers/create', body, { headers })).status).toBe(413);
    expect(rig.happened).toEqual([]);
  });

  it('is asked for by 100 Continue, as the engine would', async () => {
    const socket = await rig.dial();
    const answered = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(JSON_BODY);
      });
      socket.on('end', () => resolve(text));
    });
    socket.write(create('Content-Length: 13\r\nExpect: 100-continue\r\n', ''));
    expect(await answered).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });
});
