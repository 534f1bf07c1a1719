import type {
  ChangeCost,
  EffectiveSetting,
  EffectiveSettings,
  SettingKey,
  SettingsPatch,
  SettingValues,
} from '../../shared/contract/settings.ts';
import { sameValue } from './same-value.ts';

/** One setting whose draft differs from its effective value. */
export interface Change {
  readonly key: SettingKey;
  readonly from: SettingValues[SettingKey];
  readonly to: SettingValues[SettingKey];
  readonly cost: ChangeCost;
}

function changeOf({ key, value: from, locked, cost }: EffectiveSetting, draft: SettingsPatch): Change | null {
  const to = draft[key];
  return to === undefined || locked || sameValue(to, from) ? null : { key, from, to, cost };
}

/**
 * What applying the draft would change, in the order of the effective settings. A locked setting never appears: its
 * draft could only be refused, and it may have been locked after it was drafted.
 */
export function pendingChanges(settings: EffectiveSettings, draft: SettingsPatch): readonly Change[] {
  return Object.values(settings)
    .map((setting: EffectiveSetting) => changeOf(setting, draft))
    .filter((change) => change !== null);
}

/** The patch that makes these changes. */
export function patchOf(changes: readonly Change[]): SettingsPatch {
  return Object.fromEntries(changes.map(({ key, to }) => [key, to]));
}

/** The draft with one more value; a value that is in force already leaves the draft. */
export function withDraft<K extends SettingKey>(
  settings: EffectiveSettings,
  draft: SettingsPatch,
  key: K,
  value: SettingValues[K],
): SettingsPatch {
  const rest = Object.entries(draft).filter(([other]) => other !== key);
  return Object.fromEntries(sameValue(settings[key].value, value) ? rest : [...rest, [key, value]]);
}

/** The most disruptive cost among the changes. */
export function highestCost(changes: readonly Change[]): ChangeCost {
  if (changes.some(({ cost }) => cost === 'engineRestart')) return 'engineRestart';
  return changes.some(({ cost }) => cost === 'relaunch') ? 'relaunch' : 'nothing';
}
