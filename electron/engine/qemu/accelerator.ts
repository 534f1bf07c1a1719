import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Accelerator } from '../../../shared/contract/engine.ts';
import { PROBE_DEADLINE } from '../deadlines.ts';
import { deferred } from '../deferred.ts';
import { textOf } from '../failure.ts';
import { writeAtomically } from '../files.ts';
import { hostBootId } from '../host.ts';
import { createLineReader } from '../lines.ts';
import { readable } from '../text.ts';
import { PROBE_ANSWER, probeArguments } from './command-line.ts';
import { spawnFailure } from './process.ts';
import { qemuVersion } from './version.ts';

export interface AcceleratorOptions {
  readonly qemu: string;
  readonly imageId: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** Where the verdict is remembered until the host boots again. */
  readonly cache: string;
  readonly platform: NodeJS.Platform;
  readonly sandbox: boolean;
  /** Milliseconds until a silent guest counts as hung; for tests. */
  readonly deadline?: number;
}

type Hardware = Exclude<Accelerator['name'], 'tcg'>;

const HARDWARE: { readonly [P in NodeJS.Platform]?: Hardware } = { linux: 'kvm', darwin: 'hvf', win32: 'whpx' };

const CACHED = z.object({
  key: z.string(),
  accelerator: z.object({ name: z.enum(['kvm', 'hvf', 'whpx', 'tcg']), reason: z.string() }),
});

const readCache = async (path: string, key: string): Promise<Accelerator | null> => {
  try {
    const cached = CACHED.parse(JSON.parse(await readFile(path, 'utf8')));
    return cached.key === key ? cached.accelerator : null;
  } catch {
    return null;
  }
};

/** Why /dev/kvm can't be used by this user; null when it opens, which proves nothing yet. */
const kvmDeviceProblem = async (): Promise<string | null> => {
  try {
    const handle = await open('/dev/kvm', constants.O_RDWR);
    await handle.close();
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return '/dev/kvm does not exist';
    if (code === 'EACCES') return '/dev/kvm may not be opened by you (being in the group kvm usually allows it)';
    return `/dev/kvm can't be opened (${textOf(error)})`;
  }
};

/**
 * Boots the image's kernel to the first line of its init. Gives the seconds that took, or in words what happened
 * instead. The guest has no disk and no network and is killed in every case.
 */
const bootOnce = async (
  name: Hardware,
  options: AcceleratorOptions,
  signal: AbortSignal,
): Promise<{ readonly seconds: number } | { readonly problem: string }> => {
  const { qemu, sandbox, deadline = PROBE_DEADLINE } = options;
  const began = performance.now();
  const child = spawn(qemu, probeArguments({ accelerator: name, sandbox }, options), {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const answered = deferred<{ readonly seconds: number } | { readonly problem: string }>();
  let said = '';
  const onLine = (line: string) => {
    if (line.includes(PROBE_ANSWER)) answered.resolve({ seconds: (performance.now() - began) / 1000 });
  };
  child.stdout.on(
    'data',
    createLineReader(65_536, onLine, () => child.kill('SIGKILL')),
  );
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  child.once('error', (error) => answered.reject(spawnFailure(qemu, error)));
  child.once('close', (code, killedBy) => {
    const how = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
    answered.resolve({ problem: said.trim() === '' ? `QEMU ${how}` : `QEMU said: ${readable(said)}` });
  });
  const late = setTimeout(
    () => answered.resolve({ problem: `a guest did not reach its first line within ${deadline / 1000} s` }),
    deadline,
  );
  const onAbort = () => answered.reject(new Error('the probe was given up'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await answered.promise;
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  }
};

const probeHardware = async (options: AcceleratorOptions, signal: AbortSignal): Promise<Accelerator> => {
  const hardware = HARDWARE[options.platform];
  if (hardware === undefined) return { name: 'tcg', reason: `TCG: no accelerator is known for ${options.platform}` };
  if (hardware === 'kvm') {
    const problem = await kvmDeviceProblem();
    if (problem !== null) return { name: 'tcg', reason: `TCG: ${problem}` };
  }
  const result = await bootOnce(hardware, options, signal);
  if ('seconds' in result) {
    const seconds = result.seconds.toFixed(1);
    return { name: hardware, reason: `${hardware.toUpperCase()}: a guest reached its first line in ${seconds} s` };
  }
  const device = hardware === 'kvm' ? '/dev/kvm opens, but' : `${hardware.toUpperCase()} does not work:`;
  return { name: 'tcg', reason: `TCG: ${device} ${result.problem}` };
};

/**
 * Chooses the fastest accelerator that really runs a guest, TCG if none does, with the reason in words. A device that
 * opens proves nothing: there are hosts where KVM makes a VM whose guest then hangs. The verdict is kept for this boot
 * of the host, this QEMU and this image. Rejects when QEMU itself can't be run.
 */
export const chooseAccelerator = async (options: AcceleratorOptions, signal: AbortSignal): Promise<Accelerator> => {
  const key = [await hostBootId(), (await qemuVersion(options.qemu, signal)).text, options.imageId].join(' ');
  const cached = await readCache(options.cache, key);
  if (cached !== null) return cached;
  const accelerator = await probeHardware(options, signal);
  await writeAtomically(options.cache, JSON.stringify({ key, accelerator } satisfies z.infer<typeof CACHED>));
  return accelerator;
};
