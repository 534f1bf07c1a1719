import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { startTimeOf, type ProcessIdentity } from '../host.ts';

/** A process that does nothing until it is killed, at the latest when the test ends. */
export const idleProcess = (script = ''): { readonly child: ChildProcess; readonly identity: ProcessIdentity } => {
  const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1e6)`]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const startTime = child.pid === undefined ? null : startTimeOf(child.pid);
  if (child.pid === undefined || startTime === null) throw new Error('the process did not start');
  return { child, identity: { pid: child.pid, startTime } };
};
