import type { PolicyKey, PolicyKeyState } from '../../shared/contract/settings.ts';
import { settings, type SettingDefinition } from '../../shared/settings/catalog.ts';

/** Which keys of the policy are shown. */
export type KeyFilter = PolicyKeyState | 'all';

export const STATE_WORDS: Readonly<Record<PolicyKeyState, string>> = {
  enforced: 'Enforced',
  notApplicable: 'Not applicable',
  unknown: 'Unknown',
};

/** The value as the file has it, in JSON on one line; null where there is none to show. */
export function keyValueWords({ value }: PolicyKey): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** The keys in that state in whose name, value or note every word of the text occurs, whatever its case. */
export function filterKeys(keys: readonly PolicyKey[], filter: KeyFilter, text: string): readonly PolicyKey[] {
  const terms = text.toLowerCase().split(/\s+/u).filter(Boolean);
  return keys.filter((key) => {
    const words = [key.name, keyValueWords(key) ?? '', key.note ?? ''].join('\n').toLowerCase();
    return (filter === 'all' || key.state === filter) && terms.every((term) => words.includes(term));
  });
}

/** The setting that a key of the policy governs, where it has a row. */
export function settingOf({ name, state }: PolicyKey): SettingDefinition | null {
  const found = settings.find(({ policyPath, tab }) => tab !== null && policyPath.join('.') === name);
  return state === 'enforced' ? (found ?? null) : null;
}
