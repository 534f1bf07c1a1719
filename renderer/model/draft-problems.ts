import type { HostResources } from '../../shared/contract/app.ts';
import type { EffectiveSettings, SettingKey, SettingsPatch, SettingValues } from '../../shared/contract/settings.ts';
import { catalog, isSettingKey, type SettingDefinition } from '../../shared/settings/catalog.ts';
import { expectation } from '../../shared/settings/expectation.ts';
import { checkJsonText } from './json-text.ts';
import { limitsOf } from './limits.ts';
import { valueWords } from './value-words.ts';

type Host = Pick<HostResources, 'cpus' | 'memoryMiB'>;

/** What was typed into a field and can't be read as a value. */
export type Unread = { readonly [K in SettingKey]?: string };

/** Why a drafted value can't be applied. The main process would refuse it too. */
export interface DraftProblem {
  readonly key: SettingKey;
  readonly message: string;
  /** For a list: what is wrong with which of its entries, from zero. */
  readonly entries: ReadonlyMap<number, string>;
}

export interface Draft {
  readonly settings: EffectiveSettings;
  readonly host: Host;
  readonly draft: SettingsPatch;
  readonly unread: Unread;
}

/** The value that a setting would have with the draft applied. */
export function draftedValue<K extends SettingKey>({ settings, draft }: Draft, key: K): SettingValues[K] {
  const { value, locked } = settings[key];
  return locked ? value : (draft[key] ?? value);
}

/** All that keeps the draft from being applied, in the order of the settings. Locked settings have no draft. */
export function draftProblems(draft: Draft): readonly DraftProblem[] {
  return Object.keys(draft.settings)
    .filter(isSettingKey)
    .filter((key) => !draft.settings[key].locked)
    .map((key) => problemOf(catalog[key], draft))
    .filter((problem) => problem !== null);
}

function problemOf(definition: SettingDefinition, draft: Draft): DraftProblem | null {
  const { key } = definition;
  const problem = (message: string, entries: ReadonlyMap<number, string> = new Map()): DraftProblem => ({
    key,
    message,
    entries,
  });
  if (draft.unread[key] !== undefined) return problem(numberWords(definition, draft.host));
  const value = draft.draft[key];
  if (value === undefined) return null;
  switch (definition.control.kind) {
    case 'number':
      return isWithinLimits(definition, value, draft.host) ? null : problem(numberWords(definition, draft.host));
    case 'list': {
      const entries = entryProblems(definition, value);
      const [first] = entries.values();
      return first === undefined ? null : problem(first, entries);
    }
    case 'json': {
      const [mistake] = checkJsonText(String(value));
      return mistake === undefined
        ? null
        : problem(`Line ${mistake.line}, column ${mistake.column}: ${mistake.message}`);
    }
    case 'checkbox':
      return isExposedUnderIsolation(draft, key)
        ? problem('Not possible together with Enhanced Container Isolation: untick one of the two.')
        : null;
    case 'choice':
    case 'text': {
      const parsed = definition.schema.safeParse(value);
      return parsed.success ? null : problem(`Expected ${expectation(parsed.error)}.`);
    }
  }
}

const isExposedUnderIsolation = (draft: Draft, key: SettingKey): boolean =>
  key === 'exposeDockerAPIOnTCP2375' && draftedValue(draft, key) && draftedValue(draft, 'enhancedContainerIsolation');

function isWithinLimits(definition: SettingDefinition, value: unknown, host: Host): boolean {
  const limits = limitsOf(definition, host);
  return definition.schema.safeParse(value).success && limits !== null && Number(value) <= limits.maximum;
}

function numberWords(definition: SettingDefinition, host: Host): string {
  const limits = limitsOf(definition, host);
  if (limits === null) return 'Expected a number.';
  const [low, high] = [limits.minimum, limits.maximum].map((limit) => valueWords(definition, limit));
  return `Expected from ${low} to ${high}.${limits.remark === null ? '' : ` ${limits.remark}`}`;
}

function entryProblems({ schema }: SettingDefinition, value: unknown): ReadonlyMap<number, string> {
  const problems = new Map<number, string>();
  if (!Array.isArray(value)) return problems;
  for (const [index, entry] of value.entries()) {
    const parsed = schema.safeParse([entry]);
    if (entry === '') problems.set(index, 'Empty: fill it in or remove it.');
    else if (!parsed.success) problems.set(index, `Expected ${expectation(parsed.error)}.`);
    else if (value.indexOf(entry) < index) problems.set(index, 'Already in the list.');
  }
  return problems;
}
