import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_POLICY_BYTES, type ParsedPolicy, parsePolicy } from './parse.ts';

const PATH = '/etc/bulkhead/admin-settings.json';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): ParsedPolicy => parsePolicy(PATH, encode(text));

function valid(text: string): Extract<ParsedPolicy, { kind: 'valid' }> {
  const parsed = parse(text);
  if (parsed.kind === 'invalid') {
    throw new Error(parsed.problems.map((problem) => problem.reason).join('; '));
  }
  return parsed;
}

/** "line:column reason" of every problem. */
function problems(text: string): readonly string[] {
  const parsed = parse(text);
  return parsed.kind === 'valid'
    ? []
    : parsed.problems.map(({ line, column, reason }) => `${line}:${column} ${reason}`);
}

function warnings(text: string): readonly string[] {
  return valid(text).warnings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const every = readFileSync(new URL('./fixtures/every-docker-key.json', import.meta.url), 'utf8');
const LOCKED_ON = '{"configurationFileVersion":2,"enhancedContainerIsolation":{"value":true,"locked":true}}';

describe('a policy that never weakens', () => {
  it.each([
    ['locked without a value', '{"enhancedContainerIsolation":{"locked":true}}'],
    ['a wrong type of value', '{"enhancedContainerIsolation":{"locked":true,"value":"true"}}'],
    ['null as a value', '{"enhancedContainerIsolation":{"locked":true,"value":null}}'],
    ['a wrong type of lock', '{"enhancedContainerIsolation":{"locked":"true","value":true}}'],
    ['null as a lock', '{"enhancedContainerIsolation":{"locked":null,"value":true}}'],
    ['a bare value', '{"enhancedContainerIsolation":true}'],
    ['a null entry', '{"enhancedContainerIsolation":null}'],
    ['a list for an entry', '{"enhancedContainerIsolation":[{"locked":true,"value":true}]}'],
    ['a misspelt lock', '{"enhancedContainerIsolation":{"lock":true,"value":true}}'],
    ['a misspelt value', '{"enhancedContainerIsolation":{"locked":false,"vaule":true}}'],
    [
      'a second entry',
      `{"enhancedContainerIsolation":{"locked":true,"value":true},"enhancedContainerIsolation":{"value":false}}`,
    ],
    [
      'a second entry in another case',
      `{"enhancedContainerIsolation":{"locked":true,"value":true},"EnhancedContainerIsolation":{"value":false}}`,
    ],
    ['a second lock', '{"enhancedContainerIsolation":{"locked":true,"value":true,"locked":false}}'],
    ['a second value in another case', '{"enhancedContainerIsolation":{"locked":true,"value":true,"Value":false}}'],
    ['an escaped second name', '{"theme":{"value":"dark"},"th\\u0065me":{"value":"light"}}'],
    ['a comment', `${LOCKED_ON}// off`],
    ['a trailing comma', '{"enhancedContainerIsolation":{"locked":true,"value":true},}'],
    ['a second document', `${LOCKED_ON}{}`],
    ['an empty file', ''],
    ['only white space', ' \n'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a NUL', '{"enhancedContainerIsolation":{"locked":true,"value":true}}\u0000'],
    ['a wrong type on a key without effect here', '{"useGrpcfuse":{"locked":true,"value":1}}'],
    ['a version that is no number', '{"configurationFileVersion":"2"}'],
    ['a locked group without a field', '{"proxy":{"locked":true}}'],
    [
      'a wrong type deep in the socket permissions',
      LOCKED_ON.replace('"locked":true', '"locked":true,"dockerSocketMount":{"imageList":{"images":[1]}}'),
    ],
  ])('refuses %s', (_, text) => {
    const parsed = parse(text);
    expect(parsed.kind).toBe('invalid');
    expect(parsed.kind === 'invalid' && parsed.problems.length).toBeGreaterThan(0);
  });

  it.each([
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), null],
    ['a byte that is no UTF-8', new Uint8Array([...encode('{\n  "é": "'), 0xe9, ...encode('"}')]), '2:9'],
    ['a file cut within a character', encode('{"é').subarray(0, 3), '1:3'],
    ['too large a file', new Uint8Array(LARGEST_POLICY_BYTES + 1).fill(0x20), null],
    ['a file of NULs', new Uint8Array(512), '1:1'],
  ])('refuses %s', (_, bytes, place) => {
    const parsed = parsePolicy(PATH, bytes);
    const first = parsed.kind === 'invalid' ? parsed.problems[0] : undefined;
    expect(first).toMatchObject({ path: PATH });
    expect(first?.line === null ? null : `${first?.line}:${first?.column}`).toBe(place);
  });

  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"locked"',
    '"value"',
    'true',
    'false',
    'null',
    '"enhancedContainerIsolation"',
    '"ENHANCEDcontainerisolation"',
    '1',
    ' ',
    '\n',
    '\u0000',
    '\\',
    '\\ud800',
    '"__proto__"',
    '//',
    '\u{FEFF}',
    "'",
  );

  it('answers any bytes with a policy or with problems, and never throws', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 40 }).map((pieces) => encode(pieces.join(''))),
      fc.json().map(encode),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const parsed = parsePolicy(PATH, bytes);
        expect(parsed.kind === 'valid' || parsed.problems.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the lock of a damaged file or refuses the file', () => {
    const damaged = fc
      .tuple(fc.nat(LOCKED_ON.length), fc.nat(6), fc.oneof(piece, fc.constant('')))
      .map(([at, cut, insert]) => {
        return LOCKED_ON.slice(0, at) + insert + LOCKED_ON.slice(at + cut);
      });
    // Only damage to the decision itself, in its literal words, may change it.
    const decided = (text: string): boolean =>
      /[{,]"enhancedContainerIsolation":\{/iu.test(text) && /"locked":true/iu.test(text);
    fc.assert(
      fc.property(damaged.filter(decided), (text) => {
        const parsed = parse(text);
        expect(parsed.kind === 'invalid' || parsed.layer.enhancedContainerIsolation?.locked).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every truncation of a policy', () => {
    const policy = JSON.stringify({
      configurationFileVersion: 2,
      enhancedContainerIsolation: { value: true, locked: true, dockerSocketMount: { imageList: { images: ['a:*'] } } },
      linuxVM: { vpnkitCIDR: { value: '192.168.65.0/24', locked: false } },
      proxy: { locked: true, mode: 'system', windowsDockerdPort: -1 },
    });
    expect(parse(policy).kind).toBe('valid');
    for (let length = 0; length < policy.length; length += 1) {
      expect(parse(policy.slice(0, length)).kind).toBe('invalid');
    }
  });

  it('does not let names reach a prototype', () => {
    const parsed = valid('{"__proto__":{"locked":true,"value":true},"constructor":{"value":1}}');
    expect(parsed.layer).toEqual({});
    expect(({} as Record<string, unknown>)['locked']).toBeUndefined();
  });
});

describe('a valid policy', () => {
  it('gives value, lock and place of the entry', () => {
    expect(valid(LOCKED_ON)).toMatchObject({
      layer: { enhancedContainerIsolation: { value: true, locked: true, at: { path: PATH, line: 1, column: 31 } } },
      warnings: [],
    });
  });

  it('takes an absent lock for false, and an entry without a value for nothing', () => {
    expect(valid('{"theme":{"value":"dark"}}').layer.theme).toMatchObject({ value: 'dark', locked: false });
    expect(valid('{"theme":{"locked":false}}').layer).toEqual({});
    expect(valid('{}').layer).toEqual({});
  });

  it('matches names whatever their case, after a byte order mark', () => {
    const parsed = valid('\u{FEFF}{"ENHANCEDCONTAINERISOLATION":{"Locked":true,"VALUE":true}}');
    expect(parsed.layer.enhancedContainerIsolation).toMatchObject({
      value: true,
      locked: true,
      at: { line: 1, column: 2 },
    });
  });

  it('does not take a look-alike letter for the name', () => {
    expect(valid('{"enhancedContainerI\u017folation":{"locked":true,"value":true}}').layer).toEqual({});
  });

  it('locks any setting of Bulkhead under its own name', () => {
    const { layer } = valid(
      '{"theme":{"value":"light","locked":true},"startengineonlaunch":{"value":false,"locked":true}}',
    );
    expect(layer).toMatchObject({ theme: { value: 'light' }, startEngineOnLaunch: { value: false } });
  });

  it('keeps the Docker socket permissions under the lock of their entry, each with its place', () => {
    const { layer } = valid(every);
    expect(layer).toMatchObject({
      dockerSocketImages: {
        value: ['docker.io/localstack/localstack:*', 'docker.io/testcontainers/ryuk:*'],
        locked: true,
        at: { line: 16 },
      },
      dockerSocketAllowDerivedImages: { value: true, locked: true },
      dockerSocketCommandListType: { value: 'deny', locked: true },
      dockerSocketCommands: { value: ['push'], locked: true, at: { line: 19 } },
    });
  });

  it("loads every documented key of Docker's with one remark on those without effect", () => {
    const parsed = valid(every);
    const locked = Object.entries(parsed.layer).flatMap(([key, setting]) => (setting.locked ? [key] : []));
    expect(locked).toEqual([
      'enhancedContainerIsolation',
      'exposeDockerAPIOnTCP2375',
      'proxyMode',
      'proxyHttp',
      'proxyHttps',
      'proxyExclude',
      'containersProxyMode',
      'containersProxyHttp',
      'containersProxyHttps',
      'containersProxyExclude',
      'portBindingBehavior',
      'displayedOnboarding',
      'dockerSocketImages',
      'dockerSocketAllowDerivedImages',
      'dockerSocketCommandListType',
      'dockerSocketCommands',
    ]);
    expect(parsed.warnings).toHaveLength(1);
    const remark = parsed.warnings[0]?.message ?? '';
    expect(remark).toMatch(/^Recorded without effect, .*: proxy\.windowsDockerdPort, .*, kubernetes, /u);
    const named = remark.split(': ')[1]?.split(', ') ?? [];
    expect(named.filter((name) => ['proxy', 'containersProxy', 'linuxVM', 'blockDockerLoad'].includes(name))).toEqual(
      [],
    );
    expect(parsed.entries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['proxy.mode', 'linuxVM.vpnkitCIDR']),
    );
  });

  it('takes a list of texts and a text for proxy.exclude, as Docker does', () => {
    expect(valid('{"proxy":{"exclude":["a","b"]}}').entries[0]?.value).toEqual(['a', 'b']);
    expect(valid('{"proxy":{"exclude":"a,b"}}').entries[0]?.value).toBe('a,b');
  });

  it.each([
    [
      '{"enhancedContainerIsolaton":{"locked":true,"value":true}}',
      [
        '1:2 "enhancedContainerIsolaton" is no setting that Bulkhead knows and is ignored; did you mean "enhancedContainerIsolation"?',
      ],
    ],
    [
      '{"theme":{"value":"dark","locked":true,"comment":"x"}}',
      ['1:40 "comment" is no field of theme that Bulkhead knows and is ignored'],
    ],
    ['{"configurationFileVersion":3}', ['1:2 configurationFileVersion is 3; Bulkhead read the file as version 2']],
    ['{"$schema":"https://example.org/s.json"}', []],
    [
      '{"containersProxy":{"locked":true,"mode":"manual","transparentPorts":"*"}}',
      [
        '1:51 Recorded without effect, because Bulkhead has no such feature: containersProxy.transparentPorts',
        '1:51 containersProxy.transparentPorts is not obeyed: containers that ignore the proxy of their environment reach the network directly',
      ],
    ],
    [
      '{"exposeDockerAPIOnTCP2375":{"locked":true,"value":true},\n"enhancedContainerIsolation":{"locked":true,"value":true}}',
      ['1:2 exposeDockerAPIOnTCP2375 has no effect while enhancedContainerIsolation is on: the API is not exposed'],
    ],
    [
      '{\n\t"useGrpcfuse": {"value": true}}',
      ['2:2 Recorded without effect, because Bulkhead has no such feature: useGrpcfuse'],
    ],
  ])('warns about %s', (text, expected) => {
    expect(warnings(text)).toEqual(expected);
  });

  it('warns of a hundred unknown keys and counts the rest', () => {
    const many = JSON.stringify(
      Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`unknown${index}`, 1])),
    );
    expect(warnings(many)).toHaveLength(101);
    expect(warnings(many).at(-1)).toMatch(/29900 more from here on$/u);
  });
});

describe('a locked group', () => {
  it.each([
    [
      '{\n"proxy":{"locked":true,"mode":"manual","http":"http://p:1"}}',
      {
        proxyMode: { value: 'manual', locked: true, at: { line: 2, column: 24 } },
        proxyHttp: { value: 'http://p:1', locked: true },
        proxyHttps: { value: '', locked: true, at: { line: 2, column: 1 } },
        proxyExclude: { value: [], locked: true, at: { line: 2, column: 1 } },
      },
    ],
    [
      '{\n"containersProxy":{"transparentPorts":"*","locked":true}}',
      {
        containersProxyMode: { value: 'same', locked: true, at: { line: 2, column: 1 } },
        containersProxyHttp: { value: '', locked: true },
        containersProxyHttps: { value: '', locked: true },
        containersProxyExclude: { value: [], locked: true },
      },
    ],
    [
      '{\n"enhancedContainerIsolation":{"locked":true,"value":true}}',
      {
        enhancedContainerIsolation: { value: true, locked: true },
        dockerSocketImages: { value: [], locked: true, at: { line: 2, column: 1 } },
        dockerSocketAllowDerivedImages: { value: false, locked: true },
        dockerSocketCommandListType: { value: 'deny', locked: true },
        dockerSocketCommands: { value: [], locked: true },
      },
    ],
    [
      '{"enhancedContainerIsolation":{"locked":true,"value":true,"dockerSocketMount":{"imageList":{"images":["a"]}}}}',
      {
        enhancedContainerIsolation: { value: true, locked: true },
        dockerSocketImages: { value: ['a'], locked: true },
        dockerSocketAllowDerivedImages: { value: false, locked: true },
        dockerSocketCommandListType: { value: 'deny', locked: true },
        dockerSocketCommands: { value: [], locked: true },
      },
    ],
  ])('covers what it leaves out: %s', (text, layer) => {
    expect(valid(text).layer).toMatchObject(layer);
    expect(Object.keys(valid(text).layer).toSorted()).toEqual(Object.keys(layer).toSorted());
  });

  it.each(['{"proxy":{"mode":"manual"}}', '{"proxy":{"locked":false,"mode":"manual"}}'])(
    'covers nothing when it is open: %s',
    (text) => {
      expect(valid(text).layer).toMatchObject({ proxyMode: { value: 'manual', locked: false } });
      expect(Object.keys(valid(text).layer)).toEqual(['proxyMode']);
    },
  );

  it.each([
    [
      'commandLst',
      '{"enhancedContainerIsolation":{"locked":true,"value":true,"dockerSocketMount":{"commandLst":{"type":"deny","commands":["push"]}}}}',
    ],
    [
      'comands',
      '{"enhancedContainerIsolation":{"locked":true,"value":true,"dockerSocketMount":{"commandList":{"type":"deny","comands":["push"]}}}}',
    ],
  ])('is not valid with the misspelt "%s", which would open what the file closes', (_, text) => {
    expect(problems(text)[0]).toMatch(/did you mean "command/u);
  });

  it('takes every spelling of the proxy of its own and of Docker', () => {
    for (const mode of ['system', 'manual', 'none'])
      expect(valid(`{"proxy":{"mode":"${mode}"}}`).layer.proxyMode?.value).toBe(mode);
    expect(valid('{"proxy":{"exclude":" a, b ,,c"}}').layer.proxyExclude?.value).toEqual(['a', 'b', 'c']);
  });
});

describe('the directories that may be shared', () => {
  it('give the default and the bounds', () => {
    const text = '{\n"filesharingAllowedDirectories":[{"path":"$HOME","sharedByDefault":true},{"path":"/data"}]}';
    expect(valid(text).layer.sharedDirectories).toEqual({
      value: ['$HOME'],
      locked: false,
      at: { path: PATH, line: 2, column: 1 },
      within: { allowed: ['$HOME', '/data'], at: { path: PATH, line: 2, column: 1 } },
    });
    const both = valid(text.replace('{', '{"sharedDirectories":{"locked":true,"value":["/data"]},'));
    expect(both.layer.sharedDirectories).toMatchObject({
      value: ['/data'],
      locked: true,
      within: { allowed: ['$HOME', '/data'] },
    });
  });
});

describe('the problems of a policy', () => {
  it('show what is wrong in the options of the daemon, all of it, at the text', () => {
    const text = '{"linuxVM":{"dockerDaemonOptions":{"value":"{\\"userns-remap\\":\\"\\",\\"hosts\\":[]}"}}}';
    expect(problems(text)).toEqual([
      expect.stringMatching(/^1:44 In linuxVM\.dockerDaemonOptions\.value: "userns-remap" may not be set/u),
      expect.stringMatching(/^1:44 In linuxVM\.dockerDaemonOptions\.value: "hosts" may not be set/u),
    ]);
  });

  it.each([
    ['{"theme":{"value":"blue"}}', ['1:19 Expected "system", "light" or "dark" for theme.value, found "blue"']],
    ['{"theme":"dark"}', ['1:10 Expected an object such as {"locked": true, "value": …} for theme, found "dark"']],
    [
      '{"enhancedContainerIsolation":{"value":"yes"}}',
      ['1:40 Expected true or false for enhancedContainerIsolation.value, found "yes"'],
    ],
    [
      '{"enhancedContainerIsolation":{"value":{}}}',
      ['1:40 Expected true or false for enhancedContainerIsolation.value, found an object'],
    ],
    ['{"theme":{"locked":true}}', ['1:2 theme is locked but has no "value" to be locked to']],
    ['{"theme":{"lock":true,"value":"dark"}}', ['1:11 "lock" is no field of theme; did you mean "locked"?']],
    [
      '{"proxy":{"windowsDockerdPort":-2}}',
      ['1:32 Expected a value of at least -1 for proxy.windowsDockerdPort, found -2'],
    ],
    ['{"proxy":{"windowsDockerdPort":1.5}}', ['1:32 Expected a whole number for proxy.windowsDockerdPort, found 1.5']],
    ['{"proxy":{"exclude":7}}', ['1:21 Expected text in double quotes for proxy.exclude, found 7']],
    [
      '{"linuxVM":{"vpnkitCIDR":{"value":true}}}',
      ['1:35 Expected text in double quotes for linuxVM.vpnkitCIDR.value, found true'],
    ],
    [
      '{"filesharingAllowedDirectories":[{"path":1}]}',
      ['1:43 Expected text in double quotes for filesharingAllowedDirectories[0].path, found 1'],
    ],
    [
      '{"filesharingAllowedDirectories":[{"sharedByDefault":true}]}',
      ['1:35 filesharingAllowedDirectories[0] has no "path"'],
    ],
    [
      '{"filesharingAllowedDirectories":[{"path":"$HOME/../x"}]}',
      [
        '1:43 Expected an absolute path, or one from $HOME, $TMP or $TEMP, without ".." for filesharingAllowedDirectories[0].path, found "$HOME/../x"',
      ],
    ],
    [
      '{\n "theme": {"value": "dark"},\n "Theme": {"value": "dark"}}',
      ['3:2 "Theme" stands here a second time; line 2 has it as "theme"'],
    ],
  ])('names place and reason for %s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('reports all at once, in the order of the file, each with its line', () => {
    const text =
      '{\r\n\t"theme": {"value": 1},\r\n\t"startEngineOnLaunch": {"locked": true},\r\n\t"blockDockerLoad": {"value": "no"}\r\n}';
    expect(problems(text).map((problem) => problem.split(' ')[0])).toEqual(['2:21', '3:2', '4:31']);
    const parsed = parse(text);
    expect(parsed.kind === 'invalid' && parsed.problems.map(({ excerpt }) => excerpt)).toEqual([
      '\t"theme": {"value": 1},',
      '\t"startEngineOnLaunch": {"locked": true},',
      '\t"blockDockerLoad": {"value": "no"}',
    ]);
  });

  it('reports wrong values beside syntax errors, but nothing as missing where something could not be read', () => {
    expect(problems('{"theme": {"locked": true, value: "dark"},\n "startEngineOnLaunch": {"value": 1}}')).toEqual([
      '1:28 "value" must be true, false, null or in double quotes',
      '2:35 Expected true or false for startEngineOnLaunch.value, found 1',
    ]);
  });

  it('shows the part of a long line that is meant, without control characters', () => {
    const parsed = parse(`{"x": "${'a'.repeat(5000)}", "theme": {"value": "\u001b"}}`);
    const excerpt = parsed.kind === 'invalid' ? parsed.problems[0]?.excerpt : null;
    expect(excerpt).toMatch(/"theme": \{"value": "\uFFFD"\}\}$/u);
    expect(excerpt?.length).toBeLessThan(170);
  });
});
