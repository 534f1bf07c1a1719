import type { EffectiveSettings, SettingKey } from '../../contract/settings.ts';
import { catalog, settingKeys } from '../catalog.ts';

/** A policy as JSON: keys, groups of keys, and values. */
export type PolicyDocument = { readonly [key: string]: unknown };

/**
 * A policy that gives everyone these settings. Those that only decide how the window looks are defaults; the others are
 * locked, because an administrator who wants them open changes one word, and one who wants them locked must not have to.
 */
export function policyFromSettings(effective: EffectiveSettings): PolicyDocument {
  return settingKeys.reduce<PolicyDocument>(
    (policy, key) => withEntry(policy, catalog[key].policyPath, entryOf(effective, key)),
    {
      configurationFileVersion: 2,
    },
  );
}

const entryOf = (effective: EffectiveSettings, key: SettingKey): PolicyDocument => ({
  locked: !catalog[key].cosmetic,
  value: effective[key].value,
});

function withEntry(
  policy: PolicyDocument,
  [first = '', ...rest]: readonly string[],
  entry: PolicyDocument,
): PolicyDocument {
  const [next] = rest;
  if (next === undefined) return { ...policy, [first]: entry };
  const inner = policy[first];
  const container = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  return { ...policy, [first]: withEntry(container, rest, entry) };
}
