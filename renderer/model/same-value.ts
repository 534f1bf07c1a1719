import type { SettingValues } from '../../shared/contract/settings.ts';

type Value = SettingValues[keyof SettingValues];

/** Whether two values of a setting are the same; lists are when they have the same items in the same order. */
export function sameValue(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
