import { z } from 'zod';
import { CONTROL_ROUTES, type VmStatus } from '../../../shared/contract/vm.ts';
import { vmSettingsSchema } from '../../../shared/engine/vm-settings.ts';
import { CONTROL_DEADLINE } from '../deadlines.ts';
import { readable } from '../text.ts';
import type { Connect } from './connection.ts';
import { requestOver, type HttpRequest } from './http.ts';

/** The agent's control service. Every call rejects when the agent can't be reached or says what it should not. */
export interface Control {
  readonly status: (signal: AbortSignal) => Promise<VmStatus>;
  /** Answers once Docker Engine is ready or has failed; only the signal bounds the wait. */
  readonly engine: (signal: AbortSignal) => Promise<VmStatus>;
  /** Resolves when the VM has accepted to stop its containers and power off. */
  readonly shutdown: (graceSeconds: number, signal: AbortSignal) => Promise<void>;
}

const STATUS = z.object({
  bootId: z.string().max(64).transform(readable),
  settings: vmSettingsSchema,
  engine: z.enum(['starting', 'ready', 'failed']),
  message: z.string().transform(readable).nullable(),
  warnings: z
    .array(z.strictObject({ message: z.string().transform(readable), remedy: z.string().transform(readable) }))
    .max(20),
  probeImage: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullable(),
});

export const createControl = (connect: Connect): Control => {
  const ask = async (request: HttpRequest, expected: number, signal: AbortSignal): Promise<string> => {
    const { status, body } = await requestOver(connect, 'control', request, signal);
    const text = body.toString();
    if (status !== expected) {
      throw new Error(`The VM answered ${request.method} ${request.path} with ${status}: ${readable(text)}`);
    }
    return text;
  };
  const status = async (path: string, signal: AbortSignal): Promise<VmStatus> =>
    STATUS.parse(JSON.parse(await ask({ method: 'GET', path }, 200, signal)));
  const soon = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(CONTROL_DEADLINE)]);
  return {
    status: (signal) => status(CONTROL_ROUTES.status, soon(signal)),
    engine: (signal) => status(CONTROL_ROUTES.engine, signal),
    shutdown: async (graceSeconds, signal) => {
      await ask({ method: 'POST', path: CONTROL_ROUTES.shutdown, body: { graceSeconds } }, 202, soon(signal));
    },
  };
};
