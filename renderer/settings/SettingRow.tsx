import type { ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { useActions, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { FailureNote } from '../ui/FailureNote.tsx';
import { Checkbox } from './Checkbox.tsx';
import { Choice } from './Choice.tsx';
import { IsolationStatus } from './IsolationStatus.tsx';
import { PendingChange } from './PendingChange.tsx';
import { Provenance } from './Provenance.tsx';
import { refusalOf } from './rows.ts';
import './setting-row.css';

/**
 * One setting: control, name, what it does, and below it, where there is something to say, why it is as it is. All of it
 * describes the control (aria-describedby), so nothing is said by position or colour alone.
 */
export function SettingRow({ definition }: { readonly definition: SettingDefinition }): ReactNode {
  const { key, label, description, cosmetic } = definition;
  const options = definition.control.kind === 'choice' ? definition.control.options : null;
  const { edit, setNow } = useActions();
  const snapshot = useSnapshot();
  const drafted = useWindow(({ instant, draft }) => instant[key] ?? draft[key]);
  const { failure } = useTask(`setting:${key}`);
  const { value: effective, locked } = snapshot.settings[key];
  const refusal = refusalOf(definition, snapshot);
  const value = refusal === null ? (drafted ?? effective) : effective;

  const control = {
    name: key,
    labelledBy: `${key}-label`,
    describedBy: `${key}-description ${key}-reason`,
    disabled: refusal !== null,
  };
  return (
    <div className="row" data-setting={key} data-changed={value !== effective && !cosmetic}>
      {typeof value === 'boolean' && (
        <Checkbox {...control} checked={value} onChange={(checked) => edit(key, checked)} />
      )}
      <div className="row__text">
        <label className="row__label" id={`${key}-label`} htmlFor={options === null ? key : undefined}>
          {label}
        </label>
        <p className="row__description" id={`${key}-description`}>
          {description}
        </p>
        <div className="row__reason" id={`${key}-reason`}>
          <Provenance setting={snapshot.settings[key]} refusal={refusal} />
          {key === 'enhancedContainerIsolation' && <IsolationStatus />}
          {value !== effective && !cosmetic && <PendingChange definition={definition} />}
        </div>
        <FailureNote failure={failure} />
      </div>
      {options !== null && typeof value === 'string' && (
        <Choice
          {...control}
          options={options}
          value={value}
          onChange={(chosen) => (cosmetic ? void setNow(key, chosen) : edit(key, chosen))}
        />
      )}
      {locked && <span className="chip chip--managed row__badge">Managed</span>}
    </div>
  );
}
