import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Attack, verdictOf } from './attack.ts';
import { ATTACKS } from './attacks/index.ts';
import { SOCKET_ATTACKS } from './attacks/socket.ts';
import { LIST_ATTACKS } from './attacks/socket-list.ts';
import { type ApiRequest, type AskEngine, CHECK_LABEL, cleanUp, createLab, decodeFrames } from './lab.ts';
import { batchOutputs, carryOut, type Finding, mergeHostConfigs } from './suite.ts';

const encoder = new TextEncoder();
const json = (value: unknown, status = 200) => ({ status, body: encoder.encode(JSON.stringify(value)) });

const frame = (text: string): Uint8Array => {
  const content = encoder.encode(text);
  const framed = new Uint8Array(8 + content.length);
  framed[0] = 1;
  new DataView(framed.buffer).setUint32(4, content.length);
  framed.set(content, 8);
  return framed;
};

const attack = (parts: Partial<Attack>): Attack => ({
  id: '1',
  title: 'an attack',
  attempt: { kind: 'api', door: 'raw API', perform: () => Promise.resolve('ran: nothing') },
  outcome: 'refused',
  expected: /^refused: no$/u,
  harm: /harm/u,
  ...parts,
});

/** An engine whose containers print `output`, and which refuses those whose HostConfig `refuses` names. */
function engineThat(output: string, refuses: (hostConfig: string) => boolean = () => false) {
  const requests: ApiRequest[] = [];
  const ask: AskEngine = (request) => {
    requests.push(request);
    const { method, path, body } = request;
    if (path.startsWith('/containers/create')) {
      const { HostConfig } = body as { readonly HostConfig?: unknown };
      return Promise.resolve(
        refuses(JSON.stringify(HostConfig ?? {})) ? json({ message: 'no' }, 403) : json({ Id: 'container' }, 201),
      );
    }
    if (path.includes('/logs')) return Promise.resolve({ status: 200, body: frame(output) });
    if (method === 'DELETE') return Promise.resolve(json({}, 404));
    return Promise.resolve(json({ Id: 'exec', StatusCode: 0 }));
  };
  return { ask, requests };
}

const carriedOut = async (ask: AskEngine, attacks: readonly Attack[]): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  await carryOut(createLab(ask, 'image'), attacks, (finding) => findings.push(finding));
  return findings;
};

describe('a verdict', () => {
  it('is harm wherever harm is seen, whatever else was said', () => {
    const both = attack({ expected: /refused/u });
    expect(verdictOf(both, 'refused, but harm')).toBe('harmed');
    expect(verdictOf(both, 'refused')).toBe('withstood');
    expect(verdictOf(both, '')).toBe('unexpected');
    expect(verdictOf(attack({ harm: null }), 'harm')).toBe('unexpected');
  });
});

describe('a batch', () => {
  const outputsOf = async (...scripts: readonly string[]): Promise<readonly string[]> => {
    const attacks = scripts.map((script, at) =>
      attack({ id: String(at), attempt: { kind: 'script', batches: ['run'], script } }),
    );
    let program = '';
    const engine = engineThat('');
    const ask: AskEngine = async (request) => {
      const { Cmd, HostConfig } = (request.body ?? {}) as { readonly Cmd?: readonly string[]; HostConfig?: unknown };
      if (Cmd?.[0] === 'sh' && HostConfig === undefined) program = Cmd[2] ?? '';
      if (!request.path.includes('/logs')) return engine.ask(request);
      return { status: 200, body: frame(execFileSync('busybox', ['sh', '-c', program], { encoding: 'utf8' })) };
    };
    return (await carriedOut(ask, attacks)).map(({ observation }) => observation);
  };

  it('gives each script its own output, whatever it quotes, reads, exits with or leaves out', async () => {
    expect(await outputsOf(`echo "it's"; cat`, 'echo to stderr >&2; exit 3', 'printf x', 'true')).toEqual([
      `it's`,
      'to stderr',
      'x',
      '',
    ]);
  });

  it('says where it ended before its last script', () => {
    expect(batchOutputs('@@@0\none\n', 2)).toEqual(['one', undefined]);
    expect(batchOutputs('@@@1\none\n@@@10\nten', 11)[10]).toBe('ten');
  });
});

describe('settings of a group', () => {
  it('are merged', () => {
    expect(
      mergeHostConfigs([
        { Binds: ['a'], Sysctls: { a: '1' } },
        { Binds: ['b'], Sysctls: { b: '2' }, X: 1 },
      ]),
    ).toEqual({ Binds: ['a', 'b'], Sysctls: { a: '1', b: '2' }, X: 1 });
  });

  const config = (id: string, hostConfig: Readonly<Record<string, unknown>>): Attack =>
    attack({ id, attempt: { kind: 'config', group: 'g', door: 'docker run', hostConfig, script: 'true' } });

  it('come together where the engine takes them, and alone where it refuses', async () => {
    const members = [config('a', { Binds: ['/a:/a'] }), config('b', { Binds: ['/b:/b'] })];
    const open = await carriedOut(engineThat('@@@0\nharm a\n@@@1\nharm b\n@@@end').ask, members);
    expect(open.map(({ observation, verdict }) => [observation, verdict])).toEqual([
      ['ran: harm a', 'harmed'],
      ['ran: harm b', 'harmed'],
    ]);
    const engine = engineThat('out', (hostConfig) => hostConfig.includes('/a:'));
    const closed = await carriedOut(engine.ask, members);
    expect(closed.map(({ observation }) => observation)).toEqual(['refused: no', 'ran: out']);
  });
});

describe('what the suite makes', () => {
  it('carries the label that it is removed by', async () => {
    const { ask, requests } = engineThat('');
    await carriedOut(ask, [attack({ attempt: { kind: 'script', batches: ['run'], script: 'true' } })]);
    const made = requests.filter(({ path }) => /\/create(?:\?|$)/u.test(path));
    expect(made.length).toBeGreaterThan(2);
    for (const { body } of made) expect(body).toMatchObject({ Labels: { [CHECK_LABEL]: 'true' } });
  });

  it('is removed with force, and only what has the label is asked for', async () => {
    const requests: string[] = [];
    await cleanUp(({ method, path }) => {
      requests.push(`${method} ${decodeURIComponent(path)}`);
      if (path.startsWith('/containers/json')) return Promise.resolve(json([{ Id: 'c' }]));
      if (path.startsWith('/volumes?')) return Promise.resolve(json({ Volumes: [{ Name: 'v' }] }));
      return Promise.resolve(json([]));
    });
    expect(requests).toContain('DELETE /containers/c?force=1&v=1');
    expect(requests).toContain('DELETE /volumes/v?force=1');
    for (const request of requests.filter((each) => each.startsWith('GET'))) expect(request).toContain(CHECK_LABEL);
  });
});

it('has an id for every attack, and a word on what is not shown to harm', () => {
  const all = [...ATTACKS, ...SOCKET_ATTACKS, ...LIST_ATTACKS];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { id, harm, unharmed, outcome } of all) {
    expect(harm === null && unharmed === undefined && outcome !== 'works' ? id : null).toBeNull();
  }
});

it('joins frames, characters cut in two among them', () => {
  const [first, second] = [frame('a\u00e9'), frame('b')];
  expect(decodeFrames(Uint8Array.from([...first, ...second]))).toBe('a\u00e9b');
  const half = encoder.encode('\u00e9');
  const cut = [half.subarray(0, 1), half.subarray(1)].flatMap((part) => [1, 0, 0, 0, 0, 0, 0, part.length, ...part]);
  expect(decodeFrames(Uint8Array.from(cut))).toBe('\u00e9');
});
