import type { Attack, Attempt } from '../attack.ts';
import { CHECK_LABEL, type Lab, observe } from '../lab.ts';

const NAME = 'spelled';
const RESTRICTED = /can't mount \/etc because it's configured as a restricted host mount/u;

const raw = (perform: (lab: Lab) => Promise<string>): Attempt => ({ kind: 'api', door: 'raw API', perform });

/** Whether the engine made the container that a request was to make, and with the mount; what else was said. */
const made = async (lab: Lab, said: string): Promise<string> => {
  const container = await lab.request({ method: 'GET', path: `/containers/bulkhead-check-${NAME}/json` });
  if (container.includes('"/etc:/x"')) return 'ran: the engine made it with the mount';
  return `refused: ${said.replaceAll('\r', '').replaceAll(/\s+/gu, ' ').slice(0, 400)}`;
};

const trying = (lab: Lab, ask: () => Promise<string>): Promise<string> =>
  observe(async () => {
    try {
      return await made(lab, await ask());
    } finally {
      await lab.remove(NAME);
    }
  });

/** The body of a request as a client may spell it that means to be read differently by the gateway and the engine. */
const spelled = (id: string, title: string, body: Readonly<Record<string, unknown>>): Attack => ({
  id: `89 ${id}`,
  title,
  attempt: raw((lab) => trying(lab, () => lab.create(NAME, { Cmd: ['ls', '/x'], ...body }))),
  outcome: 'refused',
  expected: RESTRICTED,
  harm: /made it with the mount$/u,
  safe: true,
});

interface Spoken {
  readonly id: string;
  readonly title: string;
  /** The request as text; `body` is what makes the container. */
  readonly text: (body: string) => string;
  /** It is proper HTTP, so that only the mount in it is refused. */
  readonly proper?: true;
}

const CREATE = `/v1.44/containers/create?name=bulkhead-check-${NAME}`;
const head = (path: string, ...fields: readonly string[]): string =>
  [`POST ${path} HTTP/1.1`, 'Host: docker', 'Content-Type: application/json', ...fields, '', ''].join('\r\n');
const chunk = (text: string, extension = ''): string => `${text.length.toString(16)}${extension}\r\n${text}\r\n`;

const MALFORMED = /^refused: HTTP\/1\.1 (?:400|501) .*bad request: /u;

/** A whole request as it goes over the connection, told to end it. */
const spoken = ({ id, title, text, proper }: Spoken): Attack => ({
  id: `89 ${id}`,
  title,
  attempt: raw((lab) =>
    trying(lab, () =>
      lab.speak(
        text(
          JSON.stringify({
            Image: lab.image,
            Cmd: ['ls', '/x'],
            HostConfig: { Binds: ['/etc:/x'] },
            Labels: { [CHECK_LABEL]: 'true' },
          }),
        ),
      ),
    ),
  ),
  outcome: 'refused',
  expected: proper === undefined ? MALFORMED : RESTRICTED,
  harm: /made it with the mount$/u,
  ...(proper === undefined ? { unharmed: 'the gateway reads HTTP as strictly with isolation off' } : {}),
});

const atPath = (id: string, path: string, proper?: true): Attack =>
  spoken({
    id: `path ${id}`,
    title: `the path ${path.replace(/\?.*/u, '')}`,
    text: (body) => `${head(path, `Content-Length: ${body.length}`, 'Connection: close')}${body}`,
    ...(proper === undefined ? {} : { proper }),
  });

/** Requests that the gateway and the engine might read differently. */
export const REQUESTS: readonly Attack[] = [
  spelled('case', 'keys in another case: hostconfig, BINDS', { hostconfig: { BINDS: ['/etc:/x'] } }),
  spelled('twice', 'HostConfig twice, once in another case', {
    HostConfig: { Binds: [] },
    HOSTCONFIG: { binds: ['/etc:/x'] },
  }),
  spelled('top', 'Binds outside HostConfig', { Binds: ['/etc:/x'] }),
  spelled('large', 'a body of more than 1 MiB', {
    HostConfig: { Binds: ['/etc:/x'] },
    Env: Array.from({ length: 20_000 }, (_, at) => `BULKHEAD_PADDING_${at}=${'x'.repeat(40)}`),
  }),
  spoken({
    id: 'chunks',
    title: 'a body in chunks of one byte, with extensions',
    text: (body) =>
      `${head(CREATE, 'Transfer-Encoding: chunked', 'Connection: close')}${body.replaceAll(/[\s\S]/gu, (byte) => chunk(byte, ';x=y'))}0\r\n\r\n`,
    proper: true,
  }),
  spoken({
    id: 'lengths',
    title: 'Content-Length of a harmless body beside Transfer-Encoding of another',
    text: (body) =>
      `${head(CREATE, 'Content-Length: 2', 'Transfer-Encoding: chunked', 'Connection: close')}${chunk(body)}0\r\n\r\n`,
  }),
  spoken({
    id: 'two lengths',
    title: 'two different Content-Lengths',
    text: (body) =>
      `${head(CREATE, 'Content-Length: 2', `Content-Length: ${body.length}`, 'Connection: close')}${body}`,
  }),
  spoken({
    id: 'two encodings',
    title: 'a second Transfer-Encoding that only some know',
    text: (body) =>
      `${head(CREATE, 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked', 'Connection: close')}${chunk(body)}0\r\n\r\n`,
  }),
  spoken({
    id: 'smuggled',
    title: 'a request inside the body of another, by Content-Length beside Transfer-Encoding',
    text: (body) => {
      const inner = `${head(CREATE, `Content-Length: ${body.length}`, 'Connection: close')}${body}`;
      const outer = `0\r\n\r\n${inner}`;
      return `${head('/v1.44/auth', `Content-Length: ${outer.length}`, 'Transfer-Encoding: chunked')}${outer}`;
    },
  }),
  spoken({
    id: 'folded',
    title: 'Transfer-Encoding on a folded line',
    text: (body) =>
      `${head(CREATE, 'X: y\r\n Transfer-Encoding: chunked', 'Connection: close')}${chunk(body)}0\r\n\r\n`,
  }),
  atPath('slashes', `//v1.44//containers//create?name=bulkhead-check-${NAME}`),
  atPath('dots', `/v1.44/images/../containers/create?name=bulkhead-check-${NAME}`),
  atPath('encoded', `/v1.44/%63ontainers/create?name=bulkhead-check-${NAME}`, true),
  atPath('absolute', `http://docker${CREATE}`),
];
