import { execFile } from 'node:child_process';
import tls from 'node:tls';
import { PSK_CIPHER } from '../../shared/contract/vm.ts';
import { docker, IMAGE } from './engine.ts';

/** Debian's user `games`, which neither the app nor the tests run as. */
const STRANGER = { uid: 5, gid: 60 };

/** Whether a process in a new container gets a TCP connection. `listen` puts a server of its own there first. */
export async function reachFromContainer(
  home: string,
  target: { readonly host: string; readonly port: number; readonly listen?: boolean },
): Promise<'connected' | 'no connection'> {
  const { host, port, listen = false } = target;
  const connect = `nc -w 3 ${host} ${port} </dev/null >/dev/null 2>&1`;
  const line = listen
    ? `nc -l -p ${port} >/dev/null & until ${connect}; do kill -0 $! || exit; done; echo connected`
    : `if ${connect}; then echo connected; else echo no connection; fi`;
  const said = await docker(home, 'run', '--rm', IMAGE, 'sh', '-c', line);
  return said === 'connected' ? 'connected' : 'no connection';
}

/** Tries to use the agent's port as any user of the host could: with a wrong key, or in plain text without one. */
export function talkToAgent(
  port: number,
  credentials: { readonly identity: string; readonly key: string } | null,
): Promise<string> {
  return new Promise((resolve) => {
    const socket =
      credentials === null
        ? tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
        : tls.connect({
            host: '127.0.0.1',
            port,
            ciphers: PSK_CIPHER,
            minVersion: 'TLSv1.2',
            maxVersion: 'TLSv1.2',
            checkServerIdentity: () => undefined,
            pskCallback: () => ({ identity: credentials.identity, psk: Buffer.from(credentials.key, 'hex') }),
          });
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve('let in');
    });
    socket.once('error', (error: Error) => resolve(`refused: ${error.message}`));
    socket.once('close', () => resolve('refused: closed'));
  });
}

const CONNECT = `
  const socket = require('node:net').connect(process.argv[1]);
  socket.once('connect', () => { console.log('let in'); process.exit(); });
  socket.once('error', (error) => { console.log(error.code); process.exit(); });`;

/** What another user of the host gets from a UNIX socket: an error code, or `let in`. Only root can ask it. */
export function tryAsAnotherUser(socket: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', CONNECT, socket], { ...STRANGER, cwd: '/' }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });
}
