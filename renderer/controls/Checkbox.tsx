import type { ReactNode } from 'react';
import './checkbox.css';
import type { ControlProps } from './control.ts';

interface CheckboxProps extends Omit<ControlProps, 'invalid'> {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/**
 * The platform's checkbox, drawn by us. A disabled one keeps its place in the tab order (aria-disabled, not `disabled`):
 * who cannot reach it never learns why it cannot be changed.
 */
export function Checkbox({ name, labelledBy, describedBy, disabled, checked, onChange }: CheckboxProps): ReactNode {
  return (
    <input
      id={name}
      type="checkbox"
      className="checkbox"
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      aria-disabled={disabled}
      checked={checked}
      onChange={(event) => {
        if (!disabled) onChange(event.currentTarget.checked);
      }}
    />
  );
}
