import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { placesOf } from '../../electron/shell/places.ts';
import { currentImageDirectory } from '../../guest/image/locate.ts';
import { PROBE_REFERENCE } from '../../guest/image/probe-image.ts';
import { bulkheadJson } from '../cli.ts';
import { appUser } from '../launch.ts';

/** The image that comes with the VM; no registry is needed. */
export const IMAGE = PROBE_REFERENCE;

/** Docker's command: the host's, or where it has none that of the VM's release, which the set-up keeps beside the VM image. */
function findDocker(): string {
  const { PATH: searched = '' } = process.env;
  const own = searched
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'docker'))
    .find((file) => existsSync(file));
  if (own !== undefined) return own;
  const { cache } = placesOf({
    platform: process.platform,
    env: process.env,
    home: homedir(),
    uid: getuid?.() ?? -1,
    development: false,
  });
  const image = currentImageDirectory(cache);
  if (image === null) throw new Error('There is neither a docker command nor a VM image with one.');
  return path.join(image, 'docker');
}

export interface DockerRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The path of Docker's command. */
export const DOCKER = findDocker();
/** A command under emulation takes seconds; one that takes minutes hangs. */
const DOCKER_DEADLINE_MS = 180_000;

const withHost = (home: string, args: readonly string[]): readonly string[] => [
  '--host',
  `unix://${path.join(home, 'run/docker.sock')}`,
  ...args,
];

/** A Docker command is run by the app's user with nothing of the tester's own configuration. */
const asAppUser = (home: string) => {
  const { uid, gid } = appUser();
  const { PATH: searched = '' } = process.env;
  return { cwd: home, env: { PATH: searched, HOME: home }, ...(getuid?.() === 0 ? { uid, gid } : {}) };
};

/** Starts `docker --host unix://…` and leaves its output to the caller. */
export const spawnDocker = (home: string, ...args: readonly string[]) =>
  spawn(DOCKER, withHost(home, args), { ...asAppUser(home), stdio: ['ignore', 'pipe', 'ignore'] });

/** Runs `docker --host unix://…` as the app's user and gives whatever came of it. */
export const tryDocker = (home: string, ...args: readonly string[]): Promise<DockerRun> =>
  tryDockerOn(`unix://${path.join(home, 'run/docker.sock')}`, home, ...args);

/** The same with any address for the engine. */
export function tryDockerOn(host: string, home: string, ...args: readonly string[]): Promise<DockerRun> {
  return new Promise((resolve, reject) => {
    execFile(
      DOCKER,
      ['--host', host, ...args],
      { ...asAppUser(home), timeout: DOCKER_DEADLINE_MS, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

/** The same for a command that must succeed; gives its output without the last newline. */
export async function docker(home: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tryDocker(home, ...args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout.trimEnd();
}

/** Runs a shell line in a new container that is removed again. */
export const inContainer = (home: string, line: string, ...flags: readonly string[]): Promise<string> =>
  docker(home, 'run', '--rm', ...flags, IMAGE, 'sh', '-c', line);

export interface UidMapping {
  readonly inside: number;
  readonly outside: number;
  readonly length: number;
}

/** Reads one line of /proc/PID/uid_map (user_namespaces(7)). */
export function parseUidMap(text: string): UidMapping {
  const fields = text.trim().split(/\s+/u).map(Number);
  const [inside, outside, length] = fields;
  if (fields.length !== 3 || inside === undefined || outside === undefined || length === undefined) {
    throw new Error(`not one mapping: ${text}`);
  }
  return { inside, outside, length };
}

export interface EngineStatus {
  readonly state: string;
  readonly bootId: string | null;
  readonly dockerSocket: string;
  readonly accelerator: { readonly name: string; readonly reason: string } | null;
  readonly eci: { readonly configured: boolean; readonly enforced: boolean | null };
}

/** `bulkhead status --json`. */
export async function engineStatus(home: string): Promise<EngineStatus> {
  const { output } = await bulkheadJson(home, ['status']);
  return output as EngineStatus;
}

interface VmRecord {
  readonly process: { readonly pid: number } | null;
  readonly port: number | null;
}

/** The process of the QEMU that this home's app leads, and the host's port that leads to the VM's agent. */
export function vmOf(home: string): { readonly pid: number; readonly port: number } {
  const { process: qemu, port } = JSON.parse(readFileSync(path.join(home, 'run/vm.json'), 'utf8')) as VmRecord;
  if (qemu === null || port === null) throw new Error('The VM is not up.');
  return { pid: qemu.pid, port };
}

/** Every live QEMU whose command line names this home. */
export function qemusOf(home: string): readonly number[] {
  const text = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter((line) => line.includes('qemu-system') && line.includes(home) && !/^\s*\d+\s+Z/u.test(line))
    .map((line) => Number.parseInt(line, 10));
}
