import type { SettingDefinition } from '../../shared/settings/catalog.ts';

/** A piece of a text, and whether it is what was searched for. */
export interface Part {
  readonly text: string;
  readonly hit: boolean;
}

export interface Found {
  readonly definition: SettingDefinition;
  readonly label: readonly Part[];
  readonly description: readonly Part[];
  /** The names for administrators and scripts that were hit; empty where label or description say it all. */
  readonly names: readonly (readonly Part[])[];
}

const termsOf = (query: string): readonly string[] => query.toLowerCase().split(/\s+/u).filter(Boolean);

/** Name of the setting and of its key in a policy, where that is another one. */
function namesOf({ key, policyPath }: SettingDefinition): readonly string[] {
  const policyKey = policyPath.join('.');
  return policyKey === key ? [key] : [key, policyKey];
}

function textsOf(definition: SettingDefinition): readonly string[] {
  const { label, description, control } = definition;
  const options = control.kind === 'choice' ? control.options.map((option) => option.label) : [];
  return [label, description, ...options, ...namesOf(definition)];
}

/** The settings in which every word of the query occurs, in their order; those with a hit in the label come first. */
export function searchSettings(definitions: readonly SettingDefinition[], query: string): readonly Found[] {
  const terms = termsOf(query);
  if (terms.length === 0) return [];
  return definitions
    .filter((definition) => {
      const texts = textsOf(definition).map((text) => text.toLowerCase());
      return terms.every((term) => texts.some((text) => text.includes(term)));
    })
    .map((definition) => {
      const names = namesOf(definition).map((name) => partsOf(name, terms));
      return {
        definition,
        label: partsOf(definition.label, terms),
        description: partsOf(definition.description, terms),
        names: names.filter((parts) => parts.some(({ hit }) => hit)),
      };
    })
    .toSorted((a, b) => Number(isHit(b.label)) - Number(isHit(a.label)));
}

const isHit = (parts: readonly Part[]): boolean => parts.some(({ hit }) => hit);

/** The text in pieces, so that what was found can be marked. Together they are the text. */
export function partsOf(text: string, terms: readonly string[]): readonly Part[] {
  const folded = text.toLowerCase();
  // Folding may change the length (U+0130); then nothing could be marked at the right place.
  const hits = folded.length === text.length ? hitsIn(folded, terms) : new Set<number>();
  const parts: { text: string; readonly hit: boolean }[] = [];
  for (const [index, character] of text.split('').entries()) {
    const hit = hits.has(index);
    const last = parts.at(-1);
    if (last?.hit === hit) last.text += character;
    else parts.push({ text: character, hit });
  }
  return parts;
}

function hitsIn(folded: string, terms: readonly string[]): ReadonlySet<number> {
  const hits = new Set<number>();
  for (const term of terms.filter(Boolean)) {
    for (let at = folded.indexOf(term); at !== -1; at = folded.indexOf(term, at + 1)) {
      for (let index = at; index < at + term.length; index += 1) hits.add(index);
    }
  }
  return hits;
}
