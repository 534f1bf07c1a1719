import type { EffectiveSettings } from '../../contract/settings.ts';
import { type SettingDefinition, settings } from '../catalog.ts';
import { policyKeys } from './keys.ts';

/** A policy as JSON: keys, groups of keys, and values. */
export type PolicyDocument = { readonly [key: string]: unknown };

/**
 * A policy that gives everyone these settings, in the shapes that Docker's keys have. Settings that only decide how the
 * window looks are defaults; the others are locked, because an administrator who wants them open changes one word, and
 * one who wants them locked must not have to.
 */
export function policyFromSettings(effective: EffectiveSettings): PolicyDocument {
  const directories = effective.sharedDirectories.value.map((path) => ({ path, sharedByDefault: true }));
  return settings.reduce<PolicyDocument>(
    (policy, setting) => placed(policy, setting.policyPath, memberOf(setting, effective[setting.key].value)),
    { configurationFileVersion: 2, filesharingAllowedDirectories: directories },
  );
}

/** What stands at the setting's path: an entry of its own, or a field under the lock of its group or entry. */
function memberOf({ policyPath, cosmetic }: SettingDefinition, value: unknown): unknown {
  const [top = ''] = policyPath;
  const shape = policyKeys[top];
  const isField = shape?.kind === 'group' || (shape?.kind === 'entry' && policyPath.length > 1);
  return isField ? value : { locked: !cosmetic, value };
}

function placed(policy: PolicyDocument, [first = '', ...rest]: readonly string[], member: unknown): PolicyDocument {
  if (rest.length === 0) return { ...policy, [first]: member };
  const inner = policy[first];
  const around = typeof inner === 'object' && inner !== null ? { ...inner } : groupOf(first);
  return { ...policy, [first]: placed(around, rest, member) };
}

/** Beside the fields of a group stands its lock. */
const groupOf = (key: string): PolicyDocument => (policyKeys[key]?.kind === 'group' ? { locked: true } : {});
