import { z } from 'zod';
import type { VmSettings } from '../contract/vm.ts';

/** Strict, because host and VM must mean the same: what one of them does not know, it must not run with. */
export const vmSettingsSchema: z.ZodType<VmSettings> = z.strictObject({
  isolation: z.boolean(),
  swapMiB: z.int().min(0),
  daemonOptions: z.record(z.string(), z.unknown()),
  proxy: z.strictObject({ http: z.string(), https: z.string(), exclude: z.array(z.string()) }).nullable(),
  blockDockerLoad: z.boolean(),
  ipv6: z.boolean(),
  dockerSocket: z.strictObject({
    images: z.array(z.string()),
    allowDerivedImages: z.boolean(),
    commandListType: z.enum(['deny', 'allow']),
    commands: z.array(z.string()),
  }),
  sharedDirectories: z.array(z.strictObject({ path: z.string() })),
});
