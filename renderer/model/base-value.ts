import type { PolicyStatus, SettingValues } from '../../shared/contract/settings.ts';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';

/** What a setting goes back to when the user's own value is taken away. */
export interface BaseValue {
  readonly value: SettingValues[keyof SettingValues];
  /** Whose default it is. */
  readonly of: 'administrator' | 'bulkhead';
}

/** The administrator's default where the file in force has one, else the built-in one. */
export function baseValueOf(definition: SettingDefinition, policy: PolicyStatus): BaseValue {
  const name = definition.policyPath.join('.');
  const key = policy.kind === 'inForce' ? policy.keys.find((candidate) => candidate.name === name) : undefined;
  const parsed = key?.state === 'enforced' ? definition.schema.safeParse(key.value) : null;
  return parsed?.success === true
    ? { value: parsed.data, of: 'administrator' }
    : { value: definition.default, of: 'bulkhead' };
}
