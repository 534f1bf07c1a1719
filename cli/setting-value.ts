import { catalog, isSettingKey } from '../shared/settings/catalog.ts';
import { namesIn } from '../shared/settings/names-in-text.ts';

/**
 * What the words of a command line mean as the value of this setting: a list is JSON or has commas, a text is taken as
 * it stands, also where it looks like JSON. What is no value of the setting is handed on, for the app to refuse.
 */
export function settingValue(key: string, text: string): unknown {
  if (!isSettingKey(key)) return text;
  const { kind } = catalog[key].control;
  switch (kind) {
    case 'checkbox':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'number':
      return /^-?\d+(\.\d+)?$/u.test(text) ? Number(text) : text;
    case 'list':
      return listIn(text);
    case 'choice':
    case 'text':
    case 'json':
      return text;
  }
}

function listIn(text: string): unknown {
  if (!text.trimStart().startsWith('[')) return namesIn(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
