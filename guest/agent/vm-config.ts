import { z } from 'zod';
import type { VmConfig } from '../../shared/contract/vm.ts';
import { vmSettingsSchema } from '../../shared/engine/vm-settings.ts';

const key = z.string().regex(/^[0-9a-f]{64}$/);

const schema = z.strictObject({
  version: z.literal(2),
  settings: vmSettingsSchema,
  mayFormatDataDisk: z.boolean(),
  shares: z.array(z.strictObject({ tag: z.string(), path: z.string().startsWith('/') })),
  keys: z.strictObject({ control: key, docker: key, ports: key }),
});

/** Parses the host's configuration strictly: a VM that does not understand all of it must not run. Throws on any mistake. */
export const readVmConfig = (text: string): VmConfig => schema.parse(JSON.parse(text));
