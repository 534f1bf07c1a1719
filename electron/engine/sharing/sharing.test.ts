import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../host.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { fileServerArguments, LOADER } from './file-server.ts';
import { startSharing, stopFileServers } from './sharing.ts';

const never = new AbortController().signal;

/** A loader that stands for the whole server: with a socket, or failing as a host without user namespaces makes it. */
const start = async (server: string, ...asked: readonly string[]) => {
  const root = await temporaryDirectory();
  await writeFile(join(root, LOADER), `#!/bin/sh\n${server}\n`);
  await chmod(join(root, LOADER), 0o755);
  const lines: string[] = [];
  const sharing = await startSharing(
    {
      directories: [{ path: root }, ...asked.map((path) => ({ path }))],
      programs: root,
      runtimeDirectory: root,
      logPath: join(root, 'sharing.log'),
      platform: 'linux',
      log: (line) => lines.push(line),
    },
    never,
  );
  onTestFinished(() => stopFileServers(sharing.servers));
  return { root, sharing, lines };
};

// Arguments: --library-path DIR PROGRAM --socket-path SOCKET …
const LISTEN = ': >"$5"; exec sleep 1000';

describe('sharing', () => {
  it('starts a server for each directory, which ends when it is told to', async () => {
    const { root, sharing } = await start(LISTEN);
    expect(sharing.warnings).toEqual([]);
    const [server] = sharing.servers;
    expect(server).toMatchObject({ path: root, share: { tag: 'share0' }, socket: join(root, 'share0.sock') });
    if (server === undefined) return;
    expect(isAlive(server.identity)).toBe(true);
    stopFileServers(sharing.servers);
    expect(await server.exited).toBe('signal SIGKILL');
  });

  it('goes on without a namespace where the host allows none, and says so', async () => {
    const { sharing, lines } = await start(`case "$*" in *'--sandbox namespace'*) exit 1 ;; esac\n${LISTEN}`);
    expect(sharing.servers.length).toBe(1);
    expect(lines[0]).toContain('without a namespace');
  });

  it('is a warning, and no more, where a server does not start or a directory is not there', async () => {
    const { root, sharing } = await start('echo the reason; exit 1', '/home/nobody/none');
    expect(sharing.servers).toEqual([]);
    expect(sharing.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('/home/nobody/none'),
      `The directory ${root} is not shared with containers: its file server does not start.`,
    ]);
    expect(await readFile(join(root, 'sharing.log'), 'utf8')).toContain('the reason');
  });

  it("makes one user of the VM of the host's, in both directions", () => {
    const args = fileServerArguments(
      { programs: '/p', share: { tag: 'share0', path: '/home/u' }, socket: '/s', user: { uid: 1000, gid: 0 } },
      'namespace',
    );
    const rulesOf = (option: string) => args.filter((_, at) => args[at - 1] === option);
    expect(rulesOf('--translate-uid')).toEqual([
      'map:0:1000:1',
      'squash-guest:1:1000:4294967294',
      'squash-host:0:65534:1000',
      'squash-host:1001:65534:4294966294',
    ]);
    expect(rulesOf('--translate-gid')).toEqual([
      'map:0:0:1',
      'squash-guest:1:0:4294967294',
      'squash-host:1:65534:4294967294',
    ]);
  });
});
