import { z } from 'zod';
import { ALLOWED_ATTRIBUTES, REFUSED_ATTRIBUTES, REFUSED_FIELDS } from './daemon-attributes.ts';
import { foldCase, nearestName } from './names.ts';
import { checkValue } from './policy/check-value.ts';
import { findDuplicates } from './policy/duplicates.ts';
import { createFindings } from './policy/findings.ts';
import { type JsonMember, type JsonObject, readJson } from './policy/json.ts';
import { positionsIn } from './policy/position.ts';
import { quote } from './quote.ts';
import { sorted } from './sorted.ts';

/** Attributes of dockerd's configuration file by their names in Docker's spelling. */
export type DaemonOptions = Readonly<Record<string, unknown>>;

/** Something that keeps the options from being used. */
export interface DaemonOptionsProblem {
  readonly message: string;
  /** Place in the text, from zero. */
  readonly offset: number;
  /** The attribute as the text spells it; null for what is not about one, such as a mistake in the JSON. */
  readonly attribute: string | null;
}

export type DaemonOptionsCheck =
  | { readonly ok: true; readonly options: DaemonOptions }
  | { readonly ok: false; readonly problems: readonly DaemonOptionsProblem[] };

const EXPECTED = 'Expected a JSON object such as {"debug": false}';

/**
 * Reads options for Docker Engine and gives either all of them or every problem, in the order of the text. Only what is
 * known to be harmless passes: an attribute that is new in a later engine is refused like one that undoes the isolation.
 * Names match whatever their case, as in a policy.
 */
export function checkDaemonOptions(text: string): DaemonOptionsCheck {
  if (text.trim() === '') {
    return { ok: false, problems: [{ message: `${EXPECTED}, found nothing`, offset: 0, attribute: null }] };
  }
  const { root, mistakes } = readJson(text);
  const problems: DaemonOptionsProblem[] = mistakes.map(({ offset, reason }) => ({
    message: reason,
    offset,
    attribute: null,
  }));
  const options: [string, unknown][] = [];
  if (root.kind === 'object') {
    const positions = positionsIn(text);
    for (const { offset, message } of findDuplicates(root, (at) => positions.at(at).line)) {
      problems.push({ message, offset, attribute: attributeAt(root, offset) });
    }
    for (const member of root.members) {
      const checked = checkAttribute(member);
      problems.push(...checked.problems);
      options.push([checked.name, checked.value]);
    }
  } else if (mistakes.length === 0) {
    problems.push({ message: EXPECTED, offset: root.start, attribute: null });
  }
  if (problems.length > 0) return { ok: false, problems: sorted(problems, (a, b) => a.offset - b.offset) };
  return { ok: true, options: Object.fromEntries(options) };
}

/** The options in `text`; throws on one that `checkDaemonOptions` has a problem with. */
export function readDaemonOptions(text: string): DaemonOptions {
  const checked = checkDaemonOptions(text);
  if (!checked.ok) throw new Error(`unusable daemon options: ${checked.problems[0]?.message ?? 'no reason'}`);
  return checked.options;
}

/** Options for Docker Engine as a setting has them: a text that holds JSON. */
export const daemonOptionsText = z.string().superRefine((text, context) => {
  const checked = checkDaemonOptions(text);
  if (checked.ok) return;
  const [first] = checked.problems;
  const more = checked.problems.length > 1 ? `; ${checked.problems.length - 1} more` : '';
  context.addIssue({
    code: 'custom',
    message: `options that Docker Engine may be given (${first?.message ?? 'these are not'}${more})`,
  });
});

interface CheckedAttribute {
  readonly name: string;
  readonly value: unknown;
  readonly problems: readonly DaemonOptionsProblem[];
}

function checkAttribute(member: JsonMember): CheckedAttribute {
  const attribute = member.name;
  const refused = (reason: string): CheckedAttribute => ({
    name: attribute,
    value: undefined,
    problems: [{ message: reason, offset: member.nameStart, attribute }],
  });
  const name = spellingOf(attribute, Object.keys(ALLOWED_ATTRIBUTES));
  const type = name === null ? undefined : ALLOWED_ATTRIBUTES[name];
  if (name === null || type === undefined) {
    const known = spellingOf(attribute, Object.keys(REFUSED_ATTRIBUTES));
    return refused(known === null ? unknownAttribute(attribute) : mayNot(known, REFUSED_ATTRIBUTES[known]));
  }
  const findings = createFindings();
  const checked = checkValue(findings, member.value, type, name);
  const unknown = findings.unknown.map(({ name: field, offset, nearest }) => {
    const known = spellingOf(field, Object.keys(REFUSED_FIELDS));
    const message = known === null ? unknownField(field, nearest) : mayNot(known, REFUSED_FIELDS[known]);
    return { message, offset, attribute };
  });
  const errors = findings.errors.map((error) => ({ ...error, attribute }));
  return { name, value: checked?.value, problems: [...errors, ...unknown] };
}

/** The one of `names` that `name` spells, whatever its case. */
function spellingOf(name: string, names: readonly string[]): string | null {
  return names.find((candidate) => foldCase(candidate) === foldCase(name)) ?? null;
}

const mayNot = (name: string, reason = 'it is not known to be harmless'): string =>
  `"${name}" may not be set: ${reason}`;

function unknownAttribute(name: string): string {
  return `${quote(name)} is no attribute that Bulkhead gives to Docker Engine${hint(nearestName(name, Object.keys(ALLOWED_ATTRIBUTES)))}`;
}

const unknownField = (name: string, nearest: string | null): string =>
  `${quote(name)} is no attribute that Bulkhead gives to Docker Engine${hint(nearest)}`;

const hint = (near: string | null): string => (near === null ? '' : `; did you mean "${near}"?`);

function attributeAt(root: JsonObject, offset: number): string | null {
  return root.members.findLast(({ nameStart }) => nameStart <= offset)?.name ?? null;
}
