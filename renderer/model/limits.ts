import type { HostResources } from '../../shared/contract/app.ts';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { valueWords } from './value-words.ts';

export interface Limits {
  readonly minimum: number;
  readonly maximum: number;
  /** Why the maximum is what it is, e.g. "This computer has 8 GB"; null where it is Bulkhead's own. */
  readonly remark: string | null;
}

/** What a number may be on this computer: no more processors or memory than it has. Null for what is no number. */
export function limitsOf(
  definition: SettingDefinition,
  host: Pick<HostResources, 'cpus' | 'memoryMiB'>,
): Limits | null {
  const { key, control } = definition;
  if (control.kind !== 'number') return null;
  const { minimum, maximum } = control;
  const available = key === 'cpus' ? host.cpus : key === 'memoryMiB' ? host.memoryMiB : null;
  if (available === null || available >= maximum) return { minimum, maximum, remark: null };
  // Firmware takes some of a computer's memory, so that what is left is seldom a round number.
  const whole = Math.floor(available / control.step) * control.step;
  const noun = key === 'cpus' ? (available === 1 ? ' processor' : ' processors') : '';
  return {
    minimum,
    maximum: Math.max(minimum, whole),
    remark: `This computer has ${valueWords(definition, whole)}${noun}.`,
  };
}
