import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { kill } from 'node:process';
import { bulkheadJson } from '../cli.ts';
import { quietHome, writePolicy } from '../homes.ts';
import { expect, giveToAppUser, launchApp, test, type LaunchedApp } from '../launch.ts';
import { docker, engineStatus, inContainer, qemusOf, tryDocker, tryDockerOn } from './engine.ts';

/**
 * What an administrator's file says, seen from inside the real VM. One boot for everything that a policy can ask of an
 * isolated engine, and one for what it can ask of the same data disk without isolation.
 */
test.describe.configure({ mode: 'serial' });

const MIB = 1_048_576;
const locked = (value: unknown) => ({ locked: true, value });
const daemonOptions = (options: object) => ({ dockerDaemonOptions: locked(JSON.stringify(options)) });
const OPTIONS = {
  'registry-mirrors': ['https://mirror.example:5000'],
  labels: ['bulkhead=test'],
  'max-concurrent-downloads': 1,
};

const ISOLATED = {
  configurationFileVersion: 2,
  enhancedContainerIsolation: locked(true),
  exposeDockerAPIOnTCP2375: locked(false),
  linuxVM: daemonOptions(OPTIONS),
  proxy: {
    locked: true,
    mode: 'manual',
    http: 'http://proxy.example:3128',
    https: 'http://proxy.example:3129',
    exclude: ['*.internal.example'],
  },
  blockDockerLoad: locked(true),
  defaultNetworkingMode: locked('dual-stack'),
  cpus: locked(1),
  memoryMiB: locked(1536),
  swapMiB: locked(256),
  diskSizeMiB: locked(16_384),
};

const PLAIN = {
  configurationFileVersion: 2,
  enhancedContainerIsolation: locked(false),
  exposeDockerAPIOnTCP2375: locked(true),
  proxy: { locked: true, mode: 'manual', http: '', https: '' },
  swapMiB: locked(0),
  diskSizeMiB: locked(20_480),
};

interface DockerInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly Labels: readonly string[];
  readonly HttpProxy: string;
  readonly HttpsProxy: string;
  readonly NoProxy: string;
  readonly RegistryConfig: { readonly Mirrors: readonly string[] };
}

let home: string;
let launched: LaunchedApp | null = null;

/** Quits the app, and with it the VM, and starts it under another policy. */
const openUnder = async (policy: object): Promise<void> => {
  await launched?.app.close();
  writePolicy(home, JSON.stringify(policy, null, 2));
  launched = await launchApp({ home });
};

const startEngine = async (): Promise<void> => {
  expect((await bulkheadJson(home, ['start'])).output).toMatchObject({ state: 'running', warnings: [] });
};

const info = async (): Promise<DockerInfo> =>
  JSON.parse(await docker(home, 'info', '--format', '{{json .}}')) as DockerInfo;

/** The size of the file system that containers lie on, in MiB. */
const diskSize = async (): Promise<number> => {
  const [blocks = 0, blockSize = 0] = (await inContainer(home, "stat -f -c '%b %S' /")).split(' ').map(Number);
  return (blocks * blockSize) / MIB;
};

test.beforeAll(() => {
  home = quietHome();
});

test.afterAll(async () => {
  await launched?.app.close();
  for (const pid of qemusOf(home)) kill(pid, 'SIGKILL');
});

test('a daemon option that would undo the isolation keeps the engine stopped', async () => {
  await openUnder({ ...ISOLATED, linuxVM: daemonOptions({ ...OPTIONS, runtimes: { mine: { path: '/bin/sh' } } }) });
  const { exitCode, output } = await bulkheadJson(home, ['start']);
  expect(exitCode).toBe(1);
  expect(output).toMatchObject({ ok: false, error: { code: 'POLICY_INVALID' } });
  expect(JSON.stringify(output)).toContain('runtimes');
  expect((await engineStatus(home)).state).toBe('stopped');
  expect(qemusOf(home)).toEqual([]);
});

test('the engine has the options, the proxies and the resources of the policy', async () => {
  await openUnder(ISOLATED);
  await startEngine();
  const seen = await info();
  expect(seen).toMatchObject({
    NCPU: 1,
    Labels: ['bulkhead=test'],
    HttpProxy: 'http://proxy.example:3128',
    HttpsProxy: 'http://proxy.example:3129',
    RegistryConfig: { Mirrors: ['https://mirror.example:5000/'] },
  });
  expect(seen.NoProxy.split(',')).toEqual(expect.arrayContaining(['*.internal.example', 'localhost', '10.0.2.15']));
  // The kernel keeps some for itself.
  expect(seen.MemTotal / MIB).toBeLessThan(1536);
  expect(seen.MemTotal / MIB).toBeGreaterThan(1400);
});

test('containers see the same from inside', async () => {
  const said = await inContainer(home, 'nproc; cat /proc/meminfo /proc/swaps; env; ip -6 address show dev eth0');
  expect(said.split('\n')[0]).toBe('1');
  expect(Number(/^MemTotal: +(\d+) kB/mu.exec(said)?.[1])).toBeLessThan(1536 * 1024);
  expect(said).toMatch(/^\/run\/data\/swap\s+file\s+262140\s/mu);
  expect(said).toContain('HTTP_PROXY=http://proxy.example:3128\n');
  expect(said).toContain('https_proxy=http://proxy.example:3129\n');
  expect(said).toMatch(/^NO_PROXY=\*\.internal\.example/mu);
  expect(said).toContain('inet6 fd62:756c:6b68:100:');
  const size = await diskSize();
  expect(size).toBeLessThan(16_384);
  expect(size).toBeGreaterThan(15_000);
});

test('new networks have both kinds of addresses', async () => {
  await docker(home, 'network', 'create', 'both');
  const inspected = await docker(
    home,
    'network',
    'inspect',
    'both',
    '--format',
    '{{.EnableIPv6}} {{json .IPAM.Config}}',
  );
  expect(inspected).toMatch(/^true /u);
  expect(inspected).toContain('fd62:756c:6b68:');
  await docker(home, 'network', 'rm', 'both');
});

test('docker load is refused', async () => {
  const file = path.join(home, 'image.tar');
  writeFileSync(file, Buffer.alloc(1024));
  giveToAppUser(file);
  const loaded = await tryDocker(home, 'load', '--input', file);
  expect(loaded.exitCode).toBe(1);
  expect(loaded.stderr).toContain('blockDockerLoad');
});

test('a user cannot give the engine what the policy has locked', async () => {
  for (const [key, value] of [
    ['memoryMiB', '2048'],
    ['dockerDaemonOptions', '{}'],
    ['proxyHttp', 'http://other.example:1'],
  ] as const) {
    expect((await bulkheadJson(home, ['settings', 'set', key, value])).output).toMatchObject({
      ok: false,
      error: { code: 'LOCKED' },
    });
  }
});

test('the data disk grows, the swap goes, and the API is exposed without isolation', async () => {
  await openUnder(PLAIN);
  await startEngine();
  const size = await diskSize();
  expect(size).toBeLessThan(20_480);
  expect(size).toBeGreaterThan(19_000);
  expect(await inContainer(home, 'cat /proc/swaps')).not.toContain('/run/data/swap');
  expect((await info()).HttpProxy).toBe('');
  expect((await tryDockerOn('tcp://127.0.0.1:2375', home, 'version')).exitCode).toBe(0);
  await launched?.app.close();
  launched = null;
  expect((await tryDockerOn('tcp://127.0.0.1:2375', home, 'version')).exitCode).not.toBe(0);
});
