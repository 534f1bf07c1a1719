import type { ReactNode } from 'react';
import type { ControlProps } from './control.ts';
import './field.css';

interface TextFieldProps extends ControlProps {
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** One line of text. */
export function TextField(props: TextFieldProps): ReactNode {
  const { name, labelledBy, describedBy, disabled, invalid, placeholder, value, onChange } = props;
  return (
    <input
      id={name}
      type="text"
      className="field field--text"
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      aria-disabled={disabled}
      aria-invalid={invalid}
      readOnly={disabled}
      placeholder={disabled ? '' : placeholder}
      spellCheck={false}
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  );
}
