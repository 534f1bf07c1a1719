import type { ReactNode } from 'react';
import type { SettingValues } from '../../shared/contract/settings.ts';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import type { DraftProblem } from '../model/draft-problems.ts';
import { limitsOf } from '../model/limits.ts';
import { readSize } from '../model/size.ts';
import { valueWords } from '../model/value-words.ts';
import { useActions, useSnapshot, useWindow } from '../state/context.ts';
import { isInstant } from '../settings/rows.ts';
import { Checkbox } from './Checkbox.tsx';
import { Choice } from './Choice.tsx';
import type { ControlProps } from './control.ts';
import { JsonEditor } from './JsonEditor.tsx';
import { ListEditor } from './ListEditor.tsx';
import { NumberField } from './NumberField.tsx';
import { TextField } from './TextField.tsx';

interface SettingControlProps extends ControlProps {
  readonly definition: SettingDefinition;
  readonly value: SettingValues[keyof SettingValues];
  readonly problem: DraftProblem | null;
}

const NO_PROBLEMS: ReadonlyMap<number, string> = new Map();

function readNumber(text: string): number | null {
  return /^\d{1,15}$/u.test(text.trim()) ? Number(text) : null;
}

/** The control that the catalog asks for. Everything that is entered goes to the draft, and a cosmetic choice past it. */
export function SettingControl({ definition, value, problem, ...common }: SettingControlProps): ReactNode {
  const { edit, editUnread, setNow } = useActions();
  const snapshot = useSnapshot();
  const unread = useWindow((state) => state.unread[definition.key] ?? null);
  const { key, control } = definition;
  switch (control.kind) {
    case 'checkbox':
      return (
        <Checkbox
          {...common}
          checked={(value === true) !== control.inverted}
          onChange={(checked) => edit(key, checked !== control.inverted)}
        />
      );
    case 'choice':
      return (
        <Choice
          {...common}
          options={control.options}
          value={value}
          onChange={(chosen) => (isInstant(definition) ? void setNow(key, chosen) : edit(key, chosen))}
        />
      );
    case 'number': {
      const { minimum, maximum } = limitsOf(definition, snapshot.host) ?? control;
      return (
        <NumberField
          {...common}
          minimum={minimum}
          maximum={maximum}
          step={control.step}
          value={Number(value)}
          unread={common.disabled ? null : unread}
          format={(number) => valueWords(definition, number)}
          parse={control.unit === 'MiB' ? readSize : readNumber}
          onChange={(number) => edit(key, number)}
          onUnread={(text) => editUnread(key, text)}
        />
      );
    }
    case 'text':
      return (
        <TextField
          {...common}
          placeholder={control.placeholder}
          value={String(value)}
          onChange={(text) => edit(key, text)}
        />
      );
    case 'list':
      return (
        <ListEditor
          {...common}
          placeholder={control.placeholder}
          entries={Array.isArray(value) ? value.map(String) : []}
          problems={problem?.entries ?? NO_PROBLEMS}
          onChange={(entries) => edit(key, entries)}
        />
      );
    case 'json':
      return <JsonEditor {...common} value={String(value)} onChange={(text) => edit(key, text)} />;
  }
}
