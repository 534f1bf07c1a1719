import { z } from 'zod';
import type { PortAnswer, PortList, PortReport, PortRequest, PublishedPort } from '../contract/ports.ts';

const port = {
  protocol: z.enum(['tcp', 'udp']),
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
  port: z.int().min(1).max(65_535),
};

export const portRequestSchema: z.ZodType<PortRequest> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('watch') }),
  z.strictObject({ kind: z.literal('connect'), ...port }),
]);

export const portAnswerSchema: z.ZodType<PortAnswer> = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), message: z.string() }),
]);

const version = z.int().min(0);

export const portListSchema: z.ZodType<PortList> = z.strictObject({ version, ports: z.array(z.strictObject(port)) });

export const portReportSchema: z.ZodType<PortReport> = z.strictObject({
  version,
  problems: z.array(z.strictObject({ port: z.strictObject(port), message: z.string() })),
});

/** Two ports with the same key are one. */
export const portKey = ({ protocol, address, port: number }: PublishedPort): string =>
  `${protocol} ${address ?? '*'} ${number}`;
