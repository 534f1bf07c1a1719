import { once } from 'node:events';
import net from 'node:net';
import { kill } from 'node:process';
import { text } from 'node:stream/consumers';
import { bulkheadJson } from '../cli.ts';
import { editSettingsFile, quietHome } from '../homes.ts';
import { expect, launchApp, test, type LaunchedApp } from '../launch.ts';
import { docker, engineStatus, IMAGE, qemusOf, tryDocker, vmOf } from './engine.ts';
import { talkToAgent } from './outsiders.ts';

/** One VM with isolation from the first test to the last; published ports must be the same with it and without. */
test.describe.configure({ mode: 'serial' });

let home: string;
let launched: LaunchedApp;

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** What a server on the host says on its first connection, or the error's code. */
function ask(port: number, host = '127.0.0.1', request = 'GET / HTTP/1.0\r\n\r\n'): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host, allowHalfOpen: true });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('connect', () => {
      socket.end(request);
      text(socket).then(resolve, (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  });
}

/** Starts a web server in a container that publishes its port as the flags say. */
const serveWeb = (name: string, ...flags: readonly string[]): Promise<string> =>
  docker(
    home,
    'run',
    '--detach',
    '--name',
    name,
    ...flags,
    IMAGE,
    'sh',
    '-c',
    `mkdir /www && echo this is ${name} >/www/index.html && exec httpd -f -p 80 -h /www`,
  );

const restart = async (settings: Readonly<Record<string, unknown>>): Promise<void> => {
  await launched.app.close();
  editSettingsFile(home, {
    schemaVersion: 1,
    startEngineOnLaunch: false,
    enhancedContainerIsolation: true,
    ...settings,
  });
  launched = await launchApp({ home });
  expect((await bulkheadJson(home, ['start'])).exitCode).toBe(0);
};

test.beforeAll(async () => {
  home = quietHome();
  launched = await launchApp({ home });
  await restart({ portBindingBehavior: 'default-port-binding' });
});

test.afterAll(async () => {
  await launched.app.close();
  for (const pid of qemusOf(home)) kill(pid, 'SIGKILL');
});

test('a published port is open on the host when docker run returns', async () => {
  const port = await freePort();
  await serveWeb('open', `--publish=${port}:80`);
  expect(await ask(port)).toContain('this is open');
  expect(await ask(port, '127.0.0.9')).toContain('this is open');
  await docker(home, 'rm', '--force', 'open');
  await expect.poll(() => ask(port)).toBe('ECONNREFUSED');
});

test('a port that the engine chooses, and one on an address of the host only', async () => {
  await serveWeb('chosen', '--publish=80');
  const [, port] = /:(\d+)$/mu.exec(await docker(home, 'port', 'chosen', '80')) ?? [];
  expect(await ask(Number(port))).toContain('this is chosen');

  const asked = await freePort();
  await serveWeb('asked', `--publish=127.0.0.9:${asked}:80`);
  expect(await ask(asked, '127.0.0.9')).toContain('this is asked');
  expect(await ask(asked)).toBe('ECONNREFUSED');
});

test('a port that somebody has makes the start fail in words', async () => {
  const server = net.createServer((socket) => socket.end()).listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const { exitCode, stderr } = await tryDocker(home, 'run', '--rm', `--publish=${port}:80`, IMAGE, 'true');
  server.close();
  expect(exitCode).toBe(125);
  expect(stderr).toContain(`Ports are not available: exposing port TCP 0.0.0.0:${port}`);
  expect(stderr).toContain('bind: address already in use');
});

test('an end of the request is an end for the container, and much data comes through whole', async () => {
  const port = await freePort();
  await docker(
    home,
    'run',
    '--detach',
    '--name=echo',
    `--publish=${port}:7`,
    IMAGE,
    'sh',
    '-c',
    'while :; do nc -l -p 7 -e sh -c "wc -c; head -c 4000000 /dev/zero"; done',
  );
  await expect
    .poll(async () => (await ask(port, '127.0.0.1', 'x'.repeat(1_000_000))).length)
    .toBeGreaterThan(4_000_000);
});

test("the agent connects to nothing that is not published, not even the engine's own ports", async () => {
  expect(await talkToAgent(vmOf(home).port, { identity: 'ports', key: 'ab'.repeat(32) })).toMatch(/refused/u);
});

test('every port closes with the engine', async () => {
  const port = await freePort();
  await serveWeb('last', `--publish=${port}:80`);
  expect(await ask(port)).toContain('this is last');
  expect((await bulkheadJson(home, ['stop'])).exitCode).toBe(0);
  expect(await ask(port)).toBe('ECONNREFUSED');
});

test('with "Localhost only" nothing is open beyond loopback, whatever was asked', async () => {
  await restart({ portBindingBehavior: 'local-only-port-binding' });
  const port = await freePort();
  await serveWeb('local', `--publish=0.0.0.0:${port}:80`);
  expect(await ask(port)).toContain('this is local');
  expect(await ask(port, '127.0.0.9')).toBe('ECONNREFUSED');
  expect((await engineStatus(home)).state).toBe('running');
});
