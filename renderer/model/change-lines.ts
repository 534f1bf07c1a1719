import { catalog } from '../../shared/settings/catalog.ts';
import type { Change } from './changes.ts';
import { jsonMembers } from './json-text.ts';
import { valueWords } from './value-words.ts';

/** One line of a change that is shown in parts. */
export interface ChangeLine {
  readonly sign: 'added' | 'removed';
  readonly text: string;
}

/** A change as the review shows it: a plain value before and after, or what comes and goes. */
export type ChangeDetail =
  | { readonly kind: 'value'; readonly from: string; readonly to: string }
  | { readonly kind: 'lines'; readonly lines: readonly ChangeLine[]; readonly remark: string | null };

export function changeDetail({ key, from, to }: Change): ChangeDetail {
  const definition = catalog[key];
  if (Array.isArray(from) && Array.isArray(to)) return listDetail(from.map(String), to.map(String));
  if (definition.control.kind === 'json') return jsonDetail(String(from), String(to));
  return { kind: 'value', from: valueWords(definition, from), to: valueWords(definition, to) };
}

function listDetail(from: readonly string[], to: readonly string[]): ChangeDetail {
  const lines = [...minus(from, to), ...plus(to, from)];
  return { kind: 'lines', lines, remark: lines.length === 0 ? 'The same entries in another order' : null };
}

const minus = (from: readonly string[], to: readonly string[]): readonly ChangeLine[] =>
  from.filter((entry) => !to.includes(entry)).map((text) => ({ sign: 'removed', text }));
const plus = (to: readonly string[], from: readonly string[]): readonly ChangeLine[] =>
  to.filter((entry) => !from.includes(entry)).map((text) => ({ sign: 'added', text }));

/** The attributes that differ, each as it was and as it will be. */
function jsonDetail(from: string, to: string): ChangeDetail {
  const [before, after] = [jsonMembers(from), jsonMembers(to)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const lines = names.flatMap((name) =>
    before.get(name) === after.get(name)
      ? []
      : [...attribute('removed', name, before), ...attribute('added', name, after)],
  );
  return { kind: 'lines', lines, remark: lines.length === 0 ? 'The same attributes in another layout' : null };
}

function attribute(
  sign: ChangeLine['sign'],
  name: string,
  attributes: ReadonlyMap<string, string>,
): readonly ChangeLine[] {
  const value = attributes.get(name);
  return value === undefined ? [] : [{ sign, text: `${JSON.stringify(name)}: ${value}` }];
}
