import type { ReactNode, Ref } from 'react';
import './button.css';
import { Spinner } from './icons.tsx';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet' | 'link';
  readonly disabled?: boolean;
  readonly pending?: boolean;
  readonly describedBy?: string | undefined;
  readonly expanded?: boolean;
  readonly label?: string;
  readonly ref?: Ref<HTMLButtonElement>;
}

/**
 * A button that stays focusable while it is disabled, so that neither the focus nor the reason (`describedBy`) is lost to
 * someone who uses a keyboard or a screen reader.
 */
export function Button({
  children,
  onPress,
  look = 'plain',
  disabled = false,
  pending = false,
  describedBy,
  expanded,
  label,
  ref,
}: ButtonProps): ReactNode {
  const inert = disabled || pending;
  return (
    <button
      ref={ref}
      type="button"
      className={`button button--${look}`}
      aria-disabled={inert}
      aria-busy={pending}
      aria-describedby={describedBy}
      aria-expanded={expanded}
      aria-label={label}
      onClick={() => {
        if (!inert) onPress();
      }}
    >
      {pending && <Spinner />}
      {children}
    </button>
  );
}
