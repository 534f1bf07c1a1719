import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from './files.ts';
import { vmSettingsSchema } from '../../shared/engine/vm-settings.ts';
import type { EngineConfig } from './port.ts';

/**
 * What the next run of the app must know to lead a VM that outlived this one. It holds the keys of this boot, so the
 * file is private. It says nothing of states: those are asked of the VM.
 */
const RECORD = z.object({
  version: z.literal(2),
  hostBootId: z.string(),
  /** Null from just before QEMU is spawned until its process is known. */
  process: z.object({ pid: z.number(), startTime: z.string() }).nullable(),
  /** The host's port of the agent; null until the agent listens. */
  port: z.number().nullable(),
  keys: z.object({ control: z.string(), docker: z.string(), ports: z.string() }),
  config: z.object({
    vm: vmSettingsSchema,
    cpus: z.number(),
    memoryMiB: z.number(),
    diskSizeMiB: z.number(),
    exposeDockerApi: z.boolean(),
    portBinding: z.enum(['default-port-binding', 'default-local-port-binding', 'local-only-port-binding']),
  }),
  digest: z.string(),
  /** The processes that serve the shared directories; they end with QEMU. */
  fileServers: z.array(z.object({ path: z.string(), process: z.object({ pid: z.number(), startTime: z.string() }) })),
  /** What was not as asked for when the VM was started. */
  warnings: z.array(z.object({ message: z.string(), remedy: z.string() })),
  /** The VM was told to power off; whoever finds it helps it to its end. */
  stopping: z.boolean(),
  accelerator: z.object({ name: z.enum(['kvm', 'hvf', 'whpx', 'tcg']), reason: z.string() }),
});

export type VmRecord = Readonly<z.infer<typeof RECORD>>;

/** The record in `path`; null when there is none that can be read. */
export const readVmRecord = async (path: string): Promise<VmRecord | null> => {
  try {
    return RECORD.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
};

export const writeVmRecord = (path: string, record: VmRecord): Promise<void> =>
  writeAtomically(path, JSON.stringify(record));

/** Two VMs with the same digest are the same to their user: one can stand for the other. */
export const digestOf = (config: EngineConfig, imageId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([config, imageId]))
    .digest('hex');
