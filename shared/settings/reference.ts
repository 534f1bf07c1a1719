import type { z } from 'zod';
import type { ChangeCost } from '../contract/settings.ts';
import { type SettingDefinition, settings, type SettingsSection, type SettingsTab, tabs } from './catalog.ts';
import { expectation } from './expectation.ts';
import { standingOf } from './policy/key-states.ts';
import { FILE_KEYS, policyKeys, typeOfSetting } from './policy/keys.ts';
import { typeSchema } from './policy/schema.ts';
import type { Fields, Shapes, ValueType } from './policy/shape.ts';

/** The settings and the keys of a policy as a page in Markdown, made from the catalog and the validator's own shapes. */
export function settingsReference(): string {
  const sections = tabs.map((tab) => {
    const rows = settings.filter((setting) => setting.tab === tab).map(settingRow);
    return `### ${tab === null ? 'Without a tab' : TABS[tab]}\n\n${table(SETTING_COLUMNS, rows)}`;
  });
  return [
    '# Settings reference',
    'Made by `npm run schema`; edit the catalog, not this page.',
    '## Settings',
    'Names for `bulkhead settings` and for a policy. Without a tab: for administrators and scripts.',
    ...sections,
    '## Keys of admin-settings.json',
    KEYS_INTRODUCTION,
    table(['Key', 'Shape', 'Value', 'State', 'Remark'], keyRows(policyKeys, '')),
    '',
  ].join('\n\n');
}

const KEYS_INTRODUCTION = [
  'Shapes: an **entry** is `{"locked": …, "value": …}`; a **field** stands beside the `locked` of its group or entry, which covers it,',
  'also where the file leaves it out; a **bare** key is the value itself. States: **enforced**, or **not applicable** (the type is checked,',
  'the value recorded, nothing follows).',
].join('\n');

const TABS: Readonly<Record<SettingsTab, string>> = {
  general: 'General',
  resources: 'Resources',
  dockerEngine: 'Docker Engine',
  softwareUpdates: 'Software updates',
  notifications: 'Notifications',
};
const SECTIONS: Readonly<Record<SettingsSection, string>> = {
  advanced: 'Advanced',
  fileSharing: 'File sharing',
  proxies: 'Proxies',
  network: 'Network',
};
const COSTS: Readonly<Record<ChangeCost, string>> = {
  nothing: 'at once',
  engineRestart: 'after a restart of the engine',
  relaunch: 'after quitting and starting Bulkhead',
};
const SETTING_COLUMNS = ['Setting', 'In the window', 'Value', 'Default', 'Policy key', 'State', 'Takes effect'];

function settingRow({ key, label, section, policyPath, cost, control, default: value }: SettingDefinition) {
  const name = policyPath.join('.');
  const inverted = control.kind === 'checkbox' && control.inverted ? ' (ticked for false)' : '';
  return [
    `\`${key}\``,
    `${section === null ? '' : `${SECTIONS[section]}: `}${label}${inverted}`,
    wordsFor(typeOfSetting(key)),
    `\`${JSON.stringify(value)}\``,
    `\`${name}\``,
    STATES[standingOf(name).state],
    COSTS[cost],
  ];
}

const STATES = { enforced: 'enforced', notApplicable: 'not applicable' } as const;

function keyRows(shapes: Shapes, prefix: string): readonly (readonly string[])[] {
  return Object.entries(shapes).flatMap(([key, shape]) => {
    const name = `${prefix}${key}`;
    switch (shape.kind) {
      case 'entry':
        return [keyRow(name, 'entry', shape.type), ...fieldRows(shape.extras, name)];
      case 'group':
        return fieldRows(shape.fields, name);
      case 'container':
        return keyRows(shape.children, `${name}.`);
      case 'bare':
        return [keyRow(name, 'bare', shape.type)];
    }
  });
}

const fieldRows = (fields: Fields, parent: string): readonly (readonly string[])[] =>
  Object.entries(fields).flatMap(([field, type]) =>
    type.kind === 'object'
      ? fieldRows(type.fields, `${parent}.${field}`)
      : [keyRow(`${parent}.${field}`, 'field', type)],
  );

function keyRow(name: string, shape: string, type: ValueType): readonly string[] {
  if (Object.hasOwn(FILE_KEYS, name)) return [`\`${name}\``, shape, wordsFor(type), 'of the file', ''];
  const { state, note } = standingOf(name);
  return [`\`${name}\``, shape, wordsFor(type), STATES[state], note ?? ''];
}

/** What a value may be, in words. */
function wordsFor(type: ValueType): string {
  switch (type.kind) {
    case 'checkedText':
      return "text: a JSON object of dockerd's attributes";
    case 'list':
      return `list, each ${wordsFor(type.item)}`;
    case 'textOrList':
      return `text with commas or list, each ${scalarWords(type.item)}`;
    case 'object': {
      const fields = Object.entries(type.fields).map(([name, field]) => `\`${name}\`: ${wordsFor(field)}`);
      return `{ ${fields.join('; ')} }`;
    }
    case 'scalar':
      return scalarWords(type.schema);
  }
}

function scalarWords(schema: z.ZodType): string {
  const { type, minimum, maximum, enum: choices } = typeSchema({ kind: 'scalar', schema });
  if (Array.isArray(choices)) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer') {
    return `whole number${isBound(minimum) ? ` from ${minimum}` : ''}${isBound(maximum) ? ` to ${maximum}` : ''}`;
  }
  const refused = ['', ' ,'].map((text) => schema.safeParse(text)).find(({ success }) => !success);
  return refused?.error === undefined ? 'text' : expectation(refused.error);
}

/** Zod names the largest safe integer where nobody has set a bound. */
const isBound = (bound: unknown): bound is number => typeof bound === 'number' && Math.abs(bound) < 2 ** 53 - 1;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
