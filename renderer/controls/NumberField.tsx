import { useState, type ReactNode } from 'react';
import { nearestStop, sliderStops } from '../model/stops.ts';
import type { ControlProps } from './control.ts';
import './field.css';
import './number-field.css';

interface NumberFieldProps extends ControlProps {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly value: number;
  /** What was typed and can't be read; null where the value says it all. */
  readonly unread: string | null;
  readonly format: (value: number) => string;
  /** Null for what is no number. */
  readonly parse: (text: string) => number | null;
  readonly onChange: (value: number) => void;
  readonly onUnread: (text: string) => void;
}

/** A number, to be typed with its unit or to be found with the slider beside it. */
export function NumberField(props: NumberFieldProps): ReactNode {
  const { name, labelledBy, describedBy, disabled, invalid, minimum, maximum, step, value, unread, format } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const stops = sliderStops(minimum, maximum, step);
  const stop = nearestStop(stops, value);

  const read = (text: string): void => {
    setTyped(text);
    const number = props.parse(text);
    if (number === null) props.onUnread(text);
    else props.onChange(number);
  };

  return (
    <div className="number" data-disabled={disabled}>
      <input
        type="range"
        className="number__slider"
        aria-labelledby={labelledBy}
        aria-describedby={describedBy}
        aria-disabled={disabled}
        aria-valuetext={format(value)}
        min={0}
        max={stops.length - 1}
        step={1}
        value={stop}
        onChange={(event) => {
          const chosen = stops[event.currentTarget.valueAsNumber];
          if (disabled || chosen === undefined) return;
          setTyped(null);
          props.onChange(chosen);
        }}
      />
      <input
        id={name}
        type="text"
        className="field number__field"
        aria-labelledby={labelledBy}
        aria-describedby={describedBy}
        aria-disabled={disabled}
        aria-invalid={invalid}
        readOnly={disabled}
        spellCheck={false}
        autoComplete="off"
        value={typed ?? unread ?? format(value)}
        onChange={(event) => read(event.currentTarget.value)}
        onBlur={() => setTyped(null)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') setTyped(null);
        }}
      />
      <span className="number__limits" aria-hidden="true">
        <span>{format(minimum)}</span>
        <span>{format(maximum)}</span>
      </span>
    </div>
  );
}
