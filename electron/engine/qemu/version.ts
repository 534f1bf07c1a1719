import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { QMP_DEADLINE } from '../deadlines.ts';
import { readable } from '../text.ts';
import { spawnFailure } from './process.ts';

export interface QemuVersion {
  /** The whole first line of `--version`. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

export const parseVersion = (output: string): QemuVersion => {
  const text = readable(output.split('\n')[0] ?? '');
  const found = /version (?<major>\d+)\.(?<minor>\d+)/.exec(text)?.groups;
  return { text, major: Number(found?.['major'] ?? 0), minor: Number(found?.['minor'] ?? 0) };
};

/** Asks QEMU for its version. Rejects with words when it can't be run at all. */
export const qemuVersion = async (path: string, signal: AbortSignal): Promise<QemuVersion> => {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { env: {}, timeout: QMP_DEADLINE, signal });
    return parseVersion(stdout);
  } catch (error) {
    signal.throwIfAborted();
    throw spawnFailure(path, error);
  }
};

/**
 * Whether TCG may run each virtual processor in a thread of its own. Before QEMU 8.1 a processor could execute what
 * another had just overwritten, and a Linux guest, which patches its own code all the time, now and then died of
 * "Oops: int3" (QEMU commit deba78709ae8, "accel/tcg: Always lock pages before translation").
 */
export const canEmulateInThreads = ({ major, minor }: QemuVersion): boolean => major > 8 || (major === 8 && minor >= 1);
