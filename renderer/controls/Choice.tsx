import type { ReactNode } from 'react';
import type { SettingValues } from '../../shared/contract/settings.ts';
import type { SettingOption } from '../../shared/settings/catalog.ts';
import './choice.css';
import type { ControlProps } from './control.ts';

type Value = SettingValues[keyof SettingValues];

interface ChoiceProps extends Omit<ControlProps, 'invalid'> {
  readonly options: readonly SettingOption<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** A few values side by side: radio buttons, so that the arrow keys choose among them. */
export function Choice({ name, labelledBy, describedBy, disabled, options, value, onChange }: ChoiceProps): ReactNode {
  return (
    <div
      className="choice"
      role="radiogroup"
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      aria-disabled={disabled}
    >
      {options.map((option) => (
        <label key={String(option.value)} className="choice__option">
          <input
            id={option.value === value ? name : undefined}
            type="radio"
            className="choice__input"
            name={name}
            value={String(option.value)}
            aria-disabled={disabled}
            checked={option.value === value}
            onChange={() => {
              if (!disabled) onChange(option.value);
            }}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
