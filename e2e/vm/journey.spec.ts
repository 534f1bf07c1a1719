import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getuid, kill } from 'node:process';
import { CRAFTED, craftedImage } from '../../shared/conformance/attacks/links.ts';
import { bulkheadJson } from '../cli.ts';
import { General } from '../general-page.ts';
import { screens } from '../looks.ts';
import { quietHome } from '../homes.ts';
import { expect, giveToAppUser, launchApp, test, type LaunchedApp } from '../launch.ts';
import {
  docker,
  engineStatus,
  IMAGE,
  inContainer,
  parseUidMap,
  qemusOf,
  spawnDocker,
  tryDocker,
  vmOf,
} from './engine.ts';
import { reachFromContainer, talkToAgent, tryAsAnotherUser } from './outsiders.ts';

/**
 * One app and one data disk from the first boot to the last: each test goes on where the one before stopped, since a boot
 * under emulation takes a minute. What they show is what the real VM does; nothing here is pretended.
 */
test.describe.configure({ mode: 'serial' });

/** The longest that a restart may take before the test gives it up; the engine has deadlines of its own. */
const RESTART = { timeout: 420_000 };
const PLAIN_UID_MAP = '0 0 4294967295';

let home: string;
let launched: LaunchedApp;
let general: General;
let bootBefore: string | null;

const open = async (): Promise<void> => {
  launched = await launchApp({ home });
  general = new General(launched.page);
};

const uidMap = async (): Promise<string> =>
  (await inContainer(home, 'cat /proc/self/uid_map')).trim().replaceAll(/\s+/gu, ' ');
const runtimeOf = (container: string): Promise<string> =>
  docker(home, 'inspect', '--format', '{{.HostConfig.Runtime}}', container);

test.beforeAll(async () => {
  home = quietHome();
  await open();
});

test.afterAll(async () => {
  // Quitting stops the VM; a test that failed must not leave one behind either.
  await launched.app.close();
  for (const pid of qemusOf(home)) kill(pid, 'SIGKILL');
});

test('with isolation off, containers run under plain runc', async () => {
  await general.engineCard.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(general.engineCard.getByText('Engine running')).toBeVisible(RESTART);
  await expect(general.isolation).not.toBeChecked();

  expect(await uidMap()).toBe(PLAIN_UID_MAP);
  await docker(home, 'run', '--detach', '--name', 'made-before', IMAGE, 'sleep', '100000');
  expect(await runtimeOf('made-before')).toBe('runc');
  expect(await inContainer(home, 'cat /proc/modules')).toMatch(/^macvlan /mu);
  await inContainer(home, 'echo made without isolation >/data/plain; chown 33:33 /data/plain', '--volume=shared:/data');
  const archive = path.join(home, 'crafted.tar');
  writeFileSync(archive, await craftedImage());
  await docker(home, 'load', '--input', archive);
  // The engine has gone to the VM's file, which is not the one that the image was made of.
  expect((await tryDocker(home, 'save', CRAFTED)).stderr).toContain('integrity checksum failed');

  const status = await engineStatus(home);
  expect(status).toMatchObject({ state: 'running', eci: { configured: false, enforced: false } });
  expect(status.accelerator?.reason).toMatch(/.+/u);
  bootBefore = status.bootId;
});

test('tick, Apply & restart: a new VM boots, and the isolation is measured', async () => {
  await general.isolation.click();
  await expect(general.plan).toHaveText('1 change · the VM restarts, 1 running container stops');
  await general.apply('Apply & restart').click();
  await expect(general.dialog.getByRole('row', { name: /made-before/u })).toBeVisible();
  await general.inDialog('Apply & restart').click();
  await expect(general.step('boot')).toHaveAttribute('data-status', 'running', RESTART);
  await screens(launched.page, 'general-real-applying');
  await expect(general.dialog.getByRole('heading', { name: 'Containers are isolated' })).toBeVisible(RESTART);
  await expect(general.dialog.getByRole('region', { name: 'Measurement' })).toContainText(/uid_map 0 1\d{5} 65536/u);
  await screens(launched.page, 'general-real-done');
  await general.inDialog('Done').click();
  await expect(general.isolation).toHaveAccessibleDescription(/uid_map 0 → 1\d{5}, 65536 ids/u);
  await screens(launched.page, 'general-real');

  const status = await engineStatus(home);
  expect(status).toMatchObject({ state: 'running', eci: { configured: true, enforced: true } });
  expect(status.bootId).not.toBe(bootBefore);
  const { output } = await bulkheadJson(home, ['verify']);
  expect(output).toMatchObject({ enforced: true, runtime: 'sysbox-runc' });
});

test('root in a container is nobody in the VM, and every container is somebody else', async () => {
  const mapping = parseUidMap(await uidMap());
  expect(mapping).toMatchObject({ inside: 0, length: 65_536 });
  expect(mapping.outside).toBeGreaterThanOrEqual(100_000);

  await docker(home, 'run', '--detach', '--name', 'one', IMAGE, 'sleep', '100000');
  await docker(
    home,
    'run',
    '--detach',
    '--name',
    'two',
    '--privileged',
    '--userns=host',
    '--runtime=runc',
    IMAGE,
    'sleep',
    '100000',
  );
  const one = parseUidMap(await docker(home, 'exec', 'one', 'cat', '/proc/self/uid_map'));
  const two = parseUidMap(await docker(home, 'exec', 'two', 'cat', '/proc/self/uid_map'));
  expect(Math.abs(one.outside - two.outside)).toBeGreaterThanOrEqual(65_536);
  expect(await runtimeOf('one')).toBe('sysbox-runc');
  expect(await runtimeOf('two')).toBe('sysbox-runc');
});

test('what networks past the firewall take of the kernel is not there', async () => {
  const modules = await docker(home, 'exec', 'one', 'cat', '/proc/modules');
  expect(modules).toMatch(/^xt_nat /mu);
  expect(modules).not.toMatch(/^(?:macvlan|ipvlan) /mu);
});

test('the engine follows no link that an image lays for it', async () => {
  const { stderr } = await tryDocker(home, 'save', CRAFTED);
  expect(stderr).toContain('/link/passwd: too many levels of symbolic links');
});

test('a privileged container works and stays inside its namespace', async () => {
  const said = await docker(
    home,
    'exec',
    'two',
    'sh',
    '-c',
    `mkdir -p /m && mount -t tmpfs none /m && echo tmpfs is mounted
     mknod /tmp/disk b 254 0 2>&1
     ls /dev/vda /dev/vdc 2>&1
     (echo x >/proc/sys/kernel/core_pattern) 2>&1
     dmesg 2>&1 | head -n 1`,
  );
  expect(said).toContain('tmpfs is mounted');
  expect(said).toMatch(/mknod: .*Operation not permitted/u);
  expect(said).toMatch(/\/dev\/vda: No such file/u);
  expect(said).toMatch(/\/dev\/vdc: No such file/u);
  expect(said).toMatch(/core_pattern: Permission denied/u);
  expect(said).toMatch(/klogctl: Operation not permitted/u);
});

for (const namespace of ['pid', 'network', 'ipc', 'uts']) {
  test(`--${namespace}=host is refused in Docker's words`, async () => {
    const { exitCode, stderr } = await tryDocker(home, 'run', '--rm', `--${namespace}=host`, IMAGE, 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toContain(
      `error in the container spec: invalid or unsupported container spec: sysbox containers can't share namespaces [${namespace}] with the host (because they use the linux user-namespace for isolation)`,
    );
  });
}

test('paths of the VM and the Docker socket cannot be mounted', async () => {
  for (const source of ['/etc', '/', '/var/lib/docker', '/run/bulkhead-c']) {
    const { exitCode, stderr } = await tryDocker(home, 'run', '--rm', '--volume', `${source}:/x`, IMAGE, 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toContain(`can't mount ${source} because it's configured as a restricted host mount`);
  }
  const mount = 'type=bind,source=/etc,target=/x';
  expect((await tryDocker(home, 'create', '--mount', mount, IMAGE)).stderr).toContain('restricted host mount');
  const socket = await tryDocker(home, 'run', '--rm', '--volume', '/var/run/docker.sock:/s', IMAGE, 'true');
  expect(socket.exitCode).toBe(125);
  expect(socket.stderr).toContain('docker socket mount denied');
});

test('files have the right owners wherever they are seen', async () => {
  await docker(home, 'exec', 'one', 'sh', '-c', 'mkdir /d && echo kept >/d/f && chown 1000:1000 /d/f');
  await docker(home, 'restart', '--time', '1', 'one');
  expect(await docker(home, 'exec', 'one', 'cat', '/d/f')).toBe('kept');

  const folder = path.join(home, 'copies');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'in'), 'from the host');
  giveToAppUser(folder);
  await docker(home, 'cp', 'one:/d/f', path.join(folder, 'out'));
  expect(readFileSync(path.join(folder, 'out'), 'utf8')).toBe('kept\n');
  await docker(home, 'cp', path.join(folder, 'in'), 'one:/d/in');
  // Seen at once by the running container, although Docker wrote it through another mount.
  expect(await docker(home, 'exec', 'one', 'stat', '-c', '%u:%g %n', '/d/f', '/d')).toBe('1000:1000 /d/f\n0:0 /d');
  expect(await docker(home, 'exec', 'one', 'cat', '/d/in')).toBe('from the host');

  expect((await docker(home, 'diff', 'one')).split('\n').toSorted()).toEqual(['A /d', 'A /d/f', 'A /d/in']);
  await docker(home, 'commit', 'one', 'committed:1');
  expect(await docker(home, 'run', '--rm', 'committed:1', 'stat', '-c', '%u:%g %n', '/d/f')).toBe('1000:1000 /d/f');

  expect(await inContainer(home, 'cat /data/plain; stat -c %u:%g /data/plain', '--volume=shared:/data')).toBe(
    'made without isolation\n33:33',
  );
  await inContainer(
    home,
    'echo made under isolation >/data/isolated; chown 44:44 /data/isolated',
    '--volume=shared:/data',
  );
});

test('a container can reach neither the agent nor the host', async () => {
  const { port } = vmOf(home);
  expect(await reachFromContainer(home, { host: '127.0.0.1', port: 9, listen: true })).toBe('connected');
  const gateway = await docker(home, 'network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}');
  for (const host of [gateway, '10.0.2.15', '10.0.2.2']) {
    expect(await reachFromContainer(home, { host, port: 7070 })).toBe('no connection');
    expect(await reachFromContainer(home, { host, port })).toBe('no connection');
  }
  // Nor may the engine go there for it.
  const fetched = await tryDocker(home, 'import', `http://10.0.2.2:${port}/`, 'fetched:1');
  expect(fetched.exitCode).not.toBe(0);
  expect(fetched.stderr).toMatch(/connection refused|unreachable/u);
});

test('nobody gets anything from the port without the key', async () => {
  const { port } = vmOf(home);
  expect(await talkToAgent(port, { identity: 'docker', key: 'ab'.repeat(32) })).toMatch(/refused/u);
  expect(await talkToAgent(port, null)).toMatch(/refused/u);
});

test('another user of the host cannot open the sockets', async () => {
  test.skip(getuid?.() !== 0, 'Only root can become another user.');
  for (const socket of ['docker.sock', 'control.sock', 'monitor.sock']) {
    expect(await tryAsAnotherUser(path.join(home, 'run', socket))).toBe('EACCES');
  }
});

test('a stream that nobody reads holds up no other', async () => {
  const stalled = spawnDocker(home, 'exec', 'one', 'yes');
  try {
    // Its first bytes are here and are never read, so that every buffer on the way fills.
    await once(stalled.stdout, 'readable');
    for (let turn = 0; turn < 3; turn++)
      expect(await docker(home, 'version', '--format', '{{.Server.Os}}')).toBe('linux');
  } finally {
    stalled.kill('SIGKILL');
  }
});

test('a killed QEMU is noticed and shown; a restart works and the data is whole', async () => {
  kill(vmOf(home).pid, 'SIGKILL');
  await expect(general.engineCard.getByText('Engine failed')).toBeVisible();
  await expect(general.engineCard).toContainText('The VM ended unexpectedly');
  expect((await engineStatus(home)).state).toBe('failed');
  const refused = await tryDocker(home, 'ps');
  expect(refused.stderr).toMatch(/engine has failed/u);
  await screens(launched.page, 'general-real-killed');

  const { exitCode } = await bulkheadJson(home, ['restart']);
  expect(exitCode).toBe(0);
  await expect(general.engineCard.getByText('Engine running')).toBeVisible();
  await docker(home, 'start', 'one');
  expect(await docker(home, 'exec', 'one', 'cat', '/d/f')).toBe('kept');
  expect(parseUidMap(await docker(home, 'exec', 'one', 'cat', '/proc/self/uid_map')).outside).toBeGreaterThanOrEqual(
    100_000,
  );
  // Made without isolation, started under it: it keeps its name for the runtime and is isolated all the same.
  await docker(home, 'start', 'made-before');
  expect(await runtimeOf('made-before')).toBe('runc');
  expect(
    parseUidMap(await docker(home, 'exec', 'made-before', 'cat', '/proc/self/uid_map')).outside,
  ).toBeGreaterThanOrEqual(100_000);
});

test('after the app was killed, the next one adopts the VM that runs', async () => {
  const { pid } = vmOf(home);
  const { bootId } = await engineStatus(home);
  const app = launched.app.process();
  const ended = new Promise((resolve) => app.once('exit', resolve));
  kill(app.pid ?? 0, 'SIGKILL');
  await ended;
  expect(qemusOf(home)).toEqual([pid]);

  await open();
  await expect(general.engineCard.getByText('Engine running')).toBeVisible(RESTART);
  expect(qemusOf(home)).toEqual([pid]);
  expect((await engineStatus(home)).bootId).toBe(bootId);
  expect(await docker(home, 'exec', 'one', 'cat', '/d/f')).toBe('kept');
});

test('untick, Apply & restart: plain runc again, and the volume is whole', async () => {
  await general.isolation.click();
  await general.apply('Apply & restart').click();
  await general.inDialog('Apply & restart').click();
  await expect(general.inDialog('Done')).toBeVisible(RESTART);
  await general.inDialog('Done').click();
  expect(await uidMap()).toBe(PLAIN_UID_MAP);
  await docker(home, 'run', '--detach', '--name', 'three', IMAGE, 'sleep', '100000');
  expect(await runtimeOf('three')).toBe('runc');
  expect(
    await inContainer(home, 'cat /data/isolated; stat -c %u:%g /data/plain /data/isolated', '--volume=shared:/data'),
  ).toBe('made under isolation\n33:33\n44:44');
  // Made under isolation, it stays so.
  await docker(home, 'start', 'two');
  expect(parseUidMap(await docker(home, 'exec', 'two', 'cat', '/proc/self/uid_map')).outside).toBeGreaterThanOrEqual(
    100_000,
  );
});

test('quitting ends the VM', async () => {
  const { exitCode } = await bulkheadJson(home, ['quit']);
  expect(exitCode).toBe(0);
  expect(qemusOf(home)).toEqual([]);
});
