import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { formatSize } from './size.ts';
import { plural } from './plural.ts';

/** How a value reads in a sentence. A tick is "on", also where it stands for false. */
export function valueWords({ control }: SettingDefinition, value: unknown): string {
  switch (control.kind) {
    case 'checkbox':
      return (value === true) === control.inverted ? 'off' : 'on';
    case 'choice':
      return control.options.find((option) => option.value === value)?.label ?? String(value);
    case 'number':
      return control.unit === 'MiB' && typeof value === 'number' ? formatSize(value) : String(value);
    case 'text':
      return value === '' ? 'none' : String(value);
    case 'list':
      return Array.isArray(value) ? listWords(value.map(String)) : String(value);
    case 'json':
      return String(value).replaceAll(/\s+/gu, ' ');
  }
}

function listWords(items: readonly string[]): string {
  const [only] = items;
  if (only === undefined) return 'none';
  return items.length === 1 ? only : plural(items.length, 'entry', 'entries');
}
