import { chownSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kill } from 'node:process';
import { bulkheadJson } from '../cli.ts';
import { editSettingsFile, quietHome } from '../homes.ts';
import { appUser, expect, giveToAppUser, launchApp, makeHome, test, type LaunchedApp } from '../launch.ts';
import { engineStatus, IMAGE, inContainer, qemusOf, tryDocker } from './engine.ts';

/** One VM to which one directory is shared, another that is not there, and one that must not be. */
test.describe.configure({ mode: 'serial' });

let home: string;
let project: string;
let launched: LaunchedApp;

const onHost = (name: string): string => path.join(project, name);
const mountedAt = (target: string, mode = ''): string => `--volume=${project}:${target}${mode}`;

const fileServers = (): readonly number[] => {
  const { fileServers: servers } = JSON.parse(readFileSync(path.join(home, 'run/vm.json'), 'utf8')) as {
    readonly fileServers: readonly { readonly process: { readonly pid: number } }[];
  };
  return servers.map(({ process: { pid } }) => pid);
};

const start = async (isolation: boolean): Promise<void> => {
  editSettingsFile(home, {
    schemaVersion: 1,
    startEngineOnLaunch: false,
    enhancedContainerIsolation: isolation,
    sharedDirectories: [project, '/home/none/at-all', '/etc'],
  });
  launched = await launchApp({ home });
  expect((await bulkheadJson(home, ['start'])).exitCode).toBe(0);
};

test.beforeAll(async () => {
  home = quietHome();
  project = path.join(makeHome(), 'project');
  mkdirSync(onHost('sub'), { recursive: true });
  writeFileSync(onHost('from-host'), 'made on the host\n', { mode: 0o600 });
  symlinkSync('/etc/hostname', onHost('link'));
  symlinkSync('/etc', onHost('etc'));
  giveToAppUser(path.dirname(project));
  await start(true);
});

test.afterAll(async () => {
  await launched.app.close();
  for (const pid of qemusOf(home)) kill(pid, 'SIGKILL');
});

test('what cannot be shared is a warning, and the engine runs', async () => {
  const { warnings } = (await engineStatus(home)) as unknown as {
    readonly warnings: readonly { readonly message: string }[];
  };
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('/home/none/at-all'),
    'The directory /etc is not shared with containers: in the VM its path belongs to the system.',
  ]);
});

const bothWays = async (): Promise<void> => {
  const said = await inContainer(
    home,
    `cat /x/from-host && stat -c %u:%g /x/from-host && echo more >>/x/from-host &&
     mkdir -p /x/made && echo made in a container >/x/made/file && stat -c %u:%g /x/made/file &&
     chown 1000:1000 /x/made/file && echo chown is allowed`,
    mountedAt('/x'),
  );
  expect(said).toBe('made on the host\n0:0\n0:0\nchown is allowed');
  const { uid, gid } = appUser();
  const made = statSync(onHost('made/file'));
  expect([made.uid, made.gid]).toEqual([uid, gid]);
  expect(readFileSync(onHost('made/file'), 'utf8')).toBe('made in a container\n');
  expect(readFileSync(onHost('from-host'), 'utf8')).toBe('made on the host\nmore\n');
  writeFileSync(onHost('from-host'), 'made on the host\n');
};

test('files belong to root in the container and to the user on the host', bothWays);

test('a part of it, a file of it and a directory that is made for the purpose can be mounted', async () => {
  expect(await inContainer(home, 'cat /f', `--volume=${onHost('from-host')}:/f`)).toBe('made on the host');
  await inContainer(home, 'echo here >/x/f', `--mount=type=bind,source=${onHost('sub')},target=/x`);
  expect(readFileSync(onHost('sub/f'), 'utf8')).toBe('here\n');
  await inContainer(home, 'true', `--volume=${onHost('new/deep')}:/x`);
  expect(existsSync(onHost('new/deep'))).toBe(true);
});

test('read-only is read-only, and locked', async () => {
  const said = await inContainer(
    home,
    '(echo x >/x/from-host) 2>&1; mount -o remount,bind,rw /x 2>&1; umount /x 2>&1; (echo x >/x/from-host) 2>&1; true',
    mountedAt('/x', ':ro'),
    '--privileged',
  );
  expect(said.match(/Read-only file system/gu)?.length).toBe(2);
  expect(readFileSync(onHost('from-host'), 'utf8')).toBe('made on the host\n');
});

test('there is no way out of it', async () => {
  // A link leads to the container's own files.
  const own = await inContainer(home, 'cat /x/link; hostname', mountedAt('/x'));
  expect(new Set(own.split('\n')).size).toBe(1);
  for (const source of [
    onHost('etc'),
    onHost('etc/new'),
    onHost('link'),
    path.dirname(project),
    home,
    '/home/none',
    '/etc',
  ]) {
    const { exitCode, stderr } = await tryDocker(home, 'run', '--rm', `--volume=${source}:/x`, IMAGE, 'true');
    expect(exitCode, source).toBe(125);
    expect(stderr, source).toMatch(/mounts denied: The path|restricted host mount/u);
  }
  const unknown = await tryDocker(home, 'run', '--rm', '--volume=/home/none/x:/x', IMAGE, 'true');
  expect(unknown.stderr).toContain(
    'mounts denied: The path /home/none/x is not shared from the host and is not known to Docker.',
  );
  const device = await inContainer(
    home,
    'mknod /x/disk b 254 0 2>&1; ls /x/disk 2>&1; true',
    mountedAt('/x'),
    '--privileged',
  );
  expect(device).toMatch(/Operation not permitted/u);
});

test("what belongs to another user of the host is nobody's in a container", async () => {
  test.skip(process.getuid?.() !== 0, 'only root can make a file for somebody else');
  writeFileSync(onHost('foreign'), 'x', { mode: 0o644 });
  chownSync(onHost('foreign'), 5, 60);
  const [owner, written] = (
    await inContainer(home, 'stat -c %u:%g /x/foreign; (echo y >/x/foreign) 2>&1; true', mountedAt('/x'))
  ).split('\n');
  // Where the tests run the app as nobody, the file server cannot tell its user from those that have no id in its namespace.
  expect(owner).toBe(appUser().uid === 65_534 ? '0:0' : '65534:65534');
  expect(written).toMatch(/Permission denied/u);
});

test('two hundred small files are copied in a reasonable time', async () => {
  const said = await inContainer(
    home,
    `mkdir /src && for i in $(seq 200); do echo $i >/src/$i; done; s=$(date +%s); cp -r /src /x/copy; e=$(date +%s)
     ls /x/copy | wc -l; echo $((e - s)) seconds`,
    mountedAt('/x'),
  );
  test.info().annotations.push({ type: 'copy', description: said });
  console.log(`copying 200 files: ${said.split('\n')[1]}`);
  expect(said.split('\n')[0]).toBe('200');
});

test('an adopted VM keeps its shares, and their servers end with it', async () => {
  const servers = fileServers();
  expect(servers.length).toBe(1);
  const app = launched.app.process();
  const ended = new Promise((resolve) => app.once('exit', resolve));
  kill(app.pid ?? 0, 'SIGKILL');
  await ended;
  launched = await launchApp({ home });
  await expect.poll(async () => (await engineStatus(home)).state, { timeout: 120_000 }).toBe('running');
  expect(fileServers()).toEqual(servers);
  expect(await inContainer(home, 'cat /x/from-host', mountedAt('/x'))).toBe('made on the host');

  for (const pid of qemusOf(home)) kill(pid, 'SIGKILL');
  await expect.poll(() => servers.filter((pid) => existsSync(`/proc/${pid}/stat`) && !isZombie(pid))).toEqual([]);
  await launched.app.close();
});

const isZombie = (pid: number): boolean => / Z /u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('with isolation off it is the same', async () => {
  await start(false);
  await bothWays();
});
