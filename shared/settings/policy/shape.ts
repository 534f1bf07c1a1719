import { z } from 'zod';

/** The type of one value in a policy file. Names in objects match whatever their case. */
export type ValueType =
  | { readonly kind: 'scalar'; readonly schema: z.ZodType }
  /** A text with a language of its own; `check` gives what is wrong in it. */
  | { readonly kind: 'checkedText'; readonly check: (given: string) => readonly { readonly message: string }[] }
  | { readonly kind: 'list'; readonly item: ValueType }
  | { readonly kind: 'object'; readonly fields: Fields; readonly required: readonly string[] }
  /** A text with commas, or a list of texts: Docker's samples and its prose disagree about `proxy.exclude`. */
  | { readonly kind: 'textOrList'; readonly item: z.ZodType };

export type Fields = Readonly<Record<string, ValueType>>;

/** How a key of admin-settings.json is written (Docker's manual, "Configure Settings Management with a JSON file"). */
export type Shape =
  /** `{"locked": …, "value": …}`, with further fields that the same lock covers. */
  | { readonly kind: 'entry'; readonly type: ValueType; readonly extras: Fields }
  /** `{"locked": …}` and named fields beside it, all under the one lock. */
  | { readonly kind: 'group'; readonly fields: Fields }
  /** Holds other keys and has no lock of its own. */
  | { readonly kind: 'container'; readonly children: Shapes }
  /** The value itself, without `locked`. */
  | { readonly kind: 'bare'; readonly type: ValueType };

export type Shapes = Readonly<Record<string, Shape>>;

export const scalar = (schema: z.ZodType): ValueType => ({ kind: 'scalar', schema });
export const list = (item: ValueType): ValueType => ({ kind: 'list', item });
export const object = (fields: Fields, required: readonly string[] = []): ValueType => ({
  kind: 'object',
  fields,
  required,
});

export const flag = scalar(z.boolean());
export const text = scalar(z.string());
export const integer = scalar(z.int());
export const choice = (...values: readonly [string, ...string[]]): ValueType => scalar(z.enum(values));
export const textOrList = (item: z.ZodType): ValueType => ({ kind: 'textOrList', item });

export const entry = (type: ValueType, extras: Fields = {}): Shape => ({ kind: 'entry', type, extras });
export const group = (fields: Fields): Shape => ({ kind: 'group', fields });
export const container = (children: Shapes): Shape => ({ kind: 'container', children });
export const bare = (type: ValueType): Shape => ({ kind: 'bare', type });

/** Dotted names of the values in fields, those of nested objects one by one. */
export function leavesOf(fields: Fields, prefix: string): readonly string[] {
  return Object.entries(fields).flatMap(([field, type]) =>
    type.kind === 'object' ? leavesOf(type.fields, `${prefix}${field}.`) : [`${prefix}${field}`],
  );
}
