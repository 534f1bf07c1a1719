import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ALLOWED_ATTRIBUTES, REFUSED_ATTRIBUTES } from './daemon-attributes.ts';
import { checkDaemonOptions, daemonOptionsText, readDaemonOptions } from './daemon-options.ts';

// Making any text at all takes the generator seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

it.each([
  { bip: '10.0.2.2/24' },
  { 'default-address-pools': [{ base: '10.0.2.0/24', size: 28 }] },
  { 'default-gateway': '10.0.2.2' },
  { 'fixed-cidr-v6': '::ffff:10.0.2.0/120' },
])("has no place for containers in the VM's link to the host: %j", (options) => {
  expect(problemsOf(JSON.stringify(options))[0]?.message).toContain(
    "outside 10.0.2.0/24 (the VM's link to this computer)",
  );
});

const check = (options: unknown) => checkDaemonOptions(JSON.stringify(options));
const problemsOf = (text: string) => {
  const checked = checkDaemonOptions(text);
  return checked.ok ? [] : checked.problems;
};

/** Something valid for every attribute. */
const EVERYTHING = {
  'allow-nondistributable-artifacts': ['registry.example:5000'],
  bip: '172.30.0.1/16',
  builder: {
    gc: {
      enabled: true,
      defaultKeepStorage: '20GB',
      policy: [{ all: true, keepStorage: '10GB', filter: ['unused-for=48h'] }],
    },
    Entitlements: { 'network-host': false, 'security-insecure': false },
  },
  debug: true,
  'default-address-pools': [{ base: '172.31.0.0/16', size: 24 }],
  'default-gateway': '172.30.0.2',
  'default-gateway-v6': '2001:db8::1',
  'default-ipc-mode': 'private',
  'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': '1400' } },
  'default-shm-size': '128M',
  'default-ulimits': { nofile: { Name: 'nofile', Hard: 2048, Soft: 1024 } },
  dns: ['192.0.2.53', '2001:db8::53'],
  'dns-opts': ['ndots:1'],
  'dns-search': ['example.com'],
  experimental: false,
  features: { buildkit: true },
  'fixed-cidr': '172.30.1.0/24',
  'fixed-cidr-v6': '2001:db8:1::/64',
  icc: false,
  init: true,
  'insecure-registries': ['registry.example:5000', '10.0.0.0/8'],
  labels: ['site=berlin'],
  'log-driver': 'local',
  'log-format': 'json',
  'log-level': 'warn',
  'log-opts': { 'max-size': '10m' },
  'max-concurrent-downloads': 1,
  'max-concurrent-uploads': 2,
  'max-download-attempts': 3,
  mtu: 1400,
  'no-new-privileges': true,
  'raw-logs': true,
  'registry-mirrors': ['https://mirror.example:5000'],
} as const;

it('has something to say about every attribute, and only one thing', () => {
  expect(Object.keys(EVERYTHING)).toEqual(Object.keys(ALLOWED_ATTRIBUTES));
  expect(Object.keys(ALLOWED_ATTRIBUTES).filter((name) => Object.hasOwn(REFUSED_ATTRIBUTES, name))).toEqual([]);
});

describe('options that are used', () => {
  it('come out as they went in', () => {
    expect(check(EVERYTHING)).toEqual({ ok: true, options: EVERYTHING });
    expect(check({})).toEqual({ ok: true, options: {} });
  });

  it("are those of Docker Desktop's own configuration", () => {
    const own = { builder: { gc: { defaultKeepStorage: '20GB', enabled: true } }, experimental: false };
    expect(check(own)).toEqual({ ok: true, options: own });
  });

  it('come out in the spelling that dockerd knows', () => {
    expect(check({ DEBUG: true, Builder: { GC: { Enabled: true } } })).toEqual({
      ok: true,
      options: { debug: true, builder: { gc: { enabled: true } } },
    });
  });

  it('are read by those who know that they are usable', () => {
    expect(readDaemonOptions('{"debug": true}')).toEqual({ debug: true });
    expect(() => readDaemonOptions('{"hosts": []}')).toThrow('"hosts" may not be set');
  });
});

describe('options that are refused', () => {
  it.each([
    ['hosts', ['tcp://0.0.0.0:2375']],
    ['Hosts', ['tcp://0.0.0.0:2375']],
    ['runtimes', { evil: { path: '/usr/libexec/bulkhead/crun' } }],
    ['default-runtime', 'evil'],
    ['userns-remap', 'default'],
    ['exec-opts', ['native.cgroupdriver=systemd']],
    ['cgroup-parent', '/'],
    ['authorization-plugins', []],
    ['containerd', '/run/other.sock'],
    ['storage-driver', 'vfs'],
    ['seccomp-profile', 'unconfined'],
    ['default-cgroupns-mode', 'host'],
    ['init-path', '/bin/sh'],
    ['userland-proxy-path', '/bin/sh'],
    ['data-root', '/run/data'],
    ['live-restore', true],
    ['metrics-addr', '0.0.0.0:9323'],
    ['pidfile', '/etc/passwd'],
    ['exec-root', '/'],
    ['tlsverify', false],
    ['ipv6', true],
    ['ip', '0.0.0.0'],
    ['proxies', { 'http-proxy': 'http://other.example' }],
    ['api-cors-header', '*'],
    ['cdi-spec-dirs', ['/tmp']],
  ])('%s, by name and with a reason', (name, value) => {
    const text = `{"debug": true, "${name}": ${JSON.stringify(value)}}`;
    expect(problemsOf(text)).toEqual([
      {
        message: expect.stringMatching(/^"[a-z0-9-]+" may not be set: .+/u) as string,
        offset: 16,
        attribute: name,
      },
    ]);
  });

  it('all of those that would be refused are', () => {
    for (const name of Object.keys(REFUSED_ATTRIBUTES)) expect(check({ [name]: null }).ok).toBe(false);
  });

  it.each([
    [{ builder: { Entitlements: { device: true } } }, '"builder.Entitlements.device" is no attribute'],
    [{ features: { 'containerd-snapshotter': true } }, '"features.containerd-snapshotter" may not be set'],
    [{ features: { later: true } }, '"features.later" is no attribute'],
    [{ 'log-driver': 'syslog' }, 'Expected "json-file", "local" or "none" for log-driver, found "syslog"'],
    [{ 'log-opts': { 'fluentd-address': 'unix:///x' } }, '"log-opts.fluentd-address" is no attribute'],
    [{ 'default-network-opts': { macvlan: { parent: 'eth0' } } }, '"default-network-opts.macvlan" is no attribute'],
    [{ 'registry-mirrors': ['https://user:word@mirror.example'] }, 'Expected a URL without a path'],
    [{ 'registry-mirrors': ['mirror.example'] }, 'Expected a URL without a path'],
    [{ 'default-ipc-mode': 'host' }, 'Expected "private" or "shareable"'],
    [{ mtu: '1400' }, 'Expected a number for mtu, found "1400"'],
    [{ debug: 'yes' }, 'Expected true or false for debug, found "yes"'],
    [{ dns: ['resolver'] }, 'Expected an IP address such as "192.0.2.1" for dns[0], found "resolver"'],
    [{ labels: { a: 'b' } }, 'Expected a list for labels, found an object'],
    [{ 'registry-mirror': [] }, '"registry-mirror" is no attribute'],
    [{ constructor: 1, toString: 2 }, '"constructor" is no attribute'],
    [JSON.parse('{"__proto__": {"hosts": []}}') as unknown, '"__proto__" is no attribute'],
  ])('%j', (options, message) => {
    const [first] = problemsOf(JSON.stringify(options));
    expect(first?.message).toContain(message);
  });

  it('every problem at once, where it is, in the order of the text', () => {
    const text =
      '{\n  "hosts": [],\n  "mtu": 1,\n  "builder": {"gc": {"enabled": 1, "evil": 2}},\n  "regstry-mirrors": []\n}';
    expect(problemsOf(text).map(({ offset, attribute }) => [text.slice(offset).split(/[,:]/u)[0], attribute])).toEqual([
      ['"hosts"', 'hosts'],
      ['1', 'mtu'],
      ['1', 'builder'],
      ['"evil"', 'builder'],
      ['"regstry-mirrors"', 'regstry-mirrors'],
    ]);
    expect(problemsOf(text).at(-1)?.message).toContain('did you mean "registry-mirrors"?');
  });

  it.each([
    ['{"debug": true, "debug": false}', 'stands here a second time', 16],
    ['{"debug": true, "Debug": false}', 'stands here a second time', 16],
    ['{"features": {"buildkit": true, "BuildKit": false}}', 'stands here a second time', 32],
    ['[]', 'Expected a JSON object', 0],
    ['"hosts"', 'Expected a JSON object', 0],
    ['null', 'Expected a JSON object', 0],
    ['  ', 'Expected a JSON object', 0],
    ['{"debug": true,}', 'No "," may stand before "}"', 14],
    ["{'debug': true}", 'double quotes', 1],
  ])('%s', (text, message, offset) => {
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ offset, message: expect.stringContaining(message) as string }),
    ]);
  });
});

describe('as a law', () => {
  const anyName = fc.oneof(
    fc.constantFrom(...Object.keys(ALLOWED_ATTRIBUTES), ...Object.keys(REFUSED_ATTRIBUTES)),
    fc.string(),
  );

  it('nothing but allowed attributes ever comes out, and what comes out passes again unchanged', () => {
    fc.assert(
      fc.property(
        fc.dictionary(anyName, fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(EVERYTHING)))),
        (options) => {
          const checked = check(options);
          if (!checked.ok) return checked.problems.length > 0;
          expect(Object.keys(checked.options).every((name) => Object.hasOwn(ALLOWED_ATTRIBUTES, name))).toBe(true);
          expect(check(checked.options)).toEqual(checked);
          return true;
        },
      ),
    );
  });

  it('any text gives an answer, and a place in it for every problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { offset } of problemsOf(text)) expect(offset >= 0 && offset <= text.length).toBe(true);
      }),
    );
  });
});

it('is a setting whose message names the problem', () => {
  expect(daemonOptionsText.safeParse('{"debug": true}').success).toBe(true);
  const parsed = daemonOptionsText.safeParse('{"hosts": [], "runtimes": {}}');
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
    'options that Docker Engine may be given ("hosts" may not be set: Bulkhead gives the engine its only socket, behind a gateway that checks every request; 1 more)',
  ]);
});

it('has every attribute in the documentation, on its side', () => {
  const text = readFileSync(new URL('../../docs/engine-settings.md', import.meta.url), 'utf8');
  const [, taken = '', refused = ''] = /^Taken: ([^]*?)^Refused:([^]*?)^## /mu.exec(text) ?? [];
  const namesIn = (part: string) => [...part.matchAll(/`([^`]+)`/gu)].map(([, name]) => name);
  expect(namesIn(taken)).toEqual(expect.arrayContaining(Object.keys(ALLOWED_ATTRIBUTES)));
  expect(namesIn(refused)).toEqual(expect.arrayContaining(Object.keys(REFUSED_ATTRIBUTES)));
  expect(namesIn(taken).filter((name = '') => Object.hasOwn(REFUSED_ATTRIBUTES, name))).toEqual([]);
  expect(namesIn(refused).filter((name = '') => Object.hasOwn(ALLOWED_ATTRIBUTES, name))).toEqual([]);
});
