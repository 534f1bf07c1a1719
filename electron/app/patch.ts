import { isDeepStrictEqual } from 'node:util';
import type { EffectiveSettings, SettingKey, SettingsPatch } from '../../shared/contract/settings.ts';

const keysOf = (effective: EffectiveSettings): readonly SettingKey[] => Object.values(effective).map(({ key }) => key);

/**
 * The known settings for which `patch` proposes another value than the effective one. It decides nothing about whether
 * the patch is acceptable; what is not an object proposes nothing.
 */
export function differingKeys(effective: EffectiveSettings, patch: unknown): readonly SettingKey[] {
  if (typeof patch !== 'object' || patch === null) return [];
  const proposed = new Map<string, unknown>(Object.entries(patch));
  return keysOf(effective).filter(
    (key) => proposed.has(key) && !isDeepStrictEqual(proposed.get(key), effective[key].value),
  );
}

/** The effective values alone, as a patch that would bring them back. */
export const valuesOf = (effective: EffectiveSettings): SettingsPatch =>
  Object.fromEntries(keysOf(effective).map((key) => [key, effective[key].value]));
