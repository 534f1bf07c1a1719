import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { hasErrno } from './failure.ts';

/**
 * Identifies one run of the host's kernel: proc(5)'s random boot_id on Linux, the boot time elsewhere. What is cached
 * or recorded under another id is of another world.
 */
export const hostBootId = async (): Promise<string> => {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    const { stdout } = await promisify(execFile)('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
    return stdout.trim();
  }
};

/** Field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)). A zombie counts as gone. */
const fromProc = (pid: number): string | null => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ESRCH')) return null;
    throw error;
  }
  // The second field is the command in parentheses and may itself hold parentheses and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
};

/** The same from ps(1), for systems without /proc. */
const fromPs = (pid: number): string | null => {
  const { stdout } = spawnSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: {} });
  return stdout.trim() === '' ? null : stdout.trim();
};

/**
 * When a process started, in a form that only equality is asked of; null when there is no such process. A process id
 * alone says nothing, since it is used again.
 */
export const startTimeOf = (pid: number): string | null =>
  existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);

/** A process that can't be mistaken for a later one of the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => startTimeOf(pid) === startTime;

/** Sends SIGKILL, unless the process is gone already. */
export const kill = (identity: ProcessIdentity): void => {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if (!hasErrno(error, 'ESRCH')) throw error;
  }
};
