/** What every control of a setting is told. It stays reachable while it is disabled, so that its reason can be heard. */
export interface ControlProps {
  /** The id of what takes the focus; its label has the same with "-label". */
  readonly name: string;
  readonly labelledBy: string;
  readonly describedBy: string;
  readonly disabled: boolean;
  readonly invalid: boolean;
}
