import { isDeepStrictEqual } from 'node:util';
import type { Failure } from '../../shared/contract/result.ts';
import type { SettingKey } from '../../shared/contract/settings.ts';
import { settingKeys } from '../../shared/settings/catalog.ts';
import type { UserLayer } from '../../shared/settings/merge.ts';
import { quote } from '../../shared/settings/quote.ts';
import { changeValues, type UserChanges, type UserDocument } from './user-document.ts';

/** Whether the one door lets changes pass, all of them or none. */
export type Door = (changes: UserChanges) => Failure | null;

export interface AdoptedEdit {
  readonly values: UserLayer;
  /** Why a value of the file does not count, by its setting. */
  readonly ignored: readonly { readonly key: SettingKey; readonly failure: Failure }[];
}

/**
 * What of a file that was edited by hand counts. Each change has to pass the door, as if it had been made in the
 * window; where not all can, those that can do. A value that is ignored, or is none, leaves the one in use as it was.
 */
export function adoptEdit(values: UserLayer, document: UserDocument, door: Door): AdoptedEdit {
  const changes = changesOf(values, document);
  if (door(Object.fromEntries(changes)) === null) {
    return { values: changeValues(values, Object.fromEntries(changes)), ignored: [] };
  }
  let accepted: UserChanges = {};
  const ignored: { readonly key: SettingKey; readonly failure: Failure }[] = [];
  for (const [key, value] of changes) {
    const failure = door({ ...accepted, [key]: value });
    if (failure === null) accepted = { ...accepted, [key]: value };
    else ignored.push({ key, failure });
  }
  return { values: changeValues(values, accepted), ignored };
}

/** A setting that the file does not name any more is the user's no longer. */
function changesOf(values: UserLayer, { raw, values: now }: UserDocument): readonly [SettingKey, unknown][] {
  return settingKeys
    .filter((key) => !Object.hasOwn(raw, key) || Object.hasOwn(now, key))
    .map((key): [SettingKey, unknown] => [key, now[key] ?? null])
    .filter(([key, value]) => !isDeepStrictEqual(value, values[key] ?? null));
}

/** For the owner of the file. */
export const ignoredText = (key: SettingKey, { message }: Failure): string =>
  `Your edit of ${quote(key)} in the settings file is ignored: ${message}`;
