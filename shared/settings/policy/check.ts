import { nearestName } from '../names.ts';
import { quote } from '../quote.ts';
import { checkValue, typeOfField } from './check-value.ts';
import { createFindings, type Findings, membersNamed, otherMembers, type Remark, type UnknownKey } from './findings.ts';
import type { JsonMember, JsonNode, JsonObject } from './json.ts';
import { type Fields, leavesOf, type Shape, type Shapes, type ValueType } from './shape.ts';

/** One value of a policy: the dotted name in the catalog's spelling, and the offset of its key in the text. */
export interface FoundValue {
  readonly name: string;
  /** The key that the file has for it: the entry itself, or the group that it is a field of. */
  readonly key: string;
  readonly value: unknown;
  readonly locked: boolean;
  readonly offset: number;
}

/** A value that the file leaves out although the lock of its entry or group covers it. */
export type CoveredName = Pick<FoundValue, 'name' | 'offset'>;

export interface CheckedPolicy {
  /** To be used only if there are no errors. */
  readonly values: readonly FoundValue[];
  /** Locked without a value of their own, so that nothing beside what the file says can be changed under its lock. */
  readonly covered: readonly CoveredName[];
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** What the warnings about unknown keys are about. */
  readonly unknown: readonly UnknownKey[];
}

type Found =
  | { readonly kind: 'value'; readonly value: FoundValue }
  | { readonly kind: 'covered'; readonly value: CoveredName };

type Members = ReadonlyMap<string, JsonMember>;

const ENTRY_FIELDS = ['locked', 'value'];

/**
 * Compares a policy's tree with the keys that exist and finds every error. Names match whatever their case. Where a
 * syntax error has hidden something, nothing is said to be missing.
 */
export function checkPolicy(root: JsonNode, shapes: Shapes): CheckedPolicy {
  const findings = createFindings();
  const found = checkKeys(findings, root, shapes, null);
  const values = found.flatMap((each) => (each.kind === 'value' ? [each.value] : []));
  const covered = found.flatMap((each) => (each.kind === 'covered' ? [each.value] : []));
  return { values, covered, errors: findings.errors, warnings: findings.warnings, unknown: findings.unknown };
}

function checkKeys(findings: Findings, node: JsonNode, shapes: Shapes, parent: string | null): readonly Found[] {
  if (node.kind !== 'object') {
    findings.failExpected('an object', parent ?? 'the policy', node);
    return [];
  }
  const names = Object.keys(shapes);
  findings.warnUnknown(otherMembers(node, names), names, parent);
  return [...membersNamed(node, names)].flatMap(([key, member]) => {
    const shape = shapes[key];
    return shape === undefined ? [] : checkShape(findings, member, shape, parent === null ? key : `${parent}.${key}`);
  });
}

function checkShape(findings: Findings, member: JsonMember, shape: Shape, name: string): readonly Found[] {
  switch (shape.kind) {
    case 'entry':
      return checkEntry(findings, member, shape, name);
    case 'group':
      return checkGroup(findings, member, shape.fields, name);
    case 'container':
      return checkKeys(findings, member.value, shape.children, name);
    case 'bare': {
      const checked = checkValue(findings, member.value, shape.type, name);
      return checked === null
        ? []
        : [found({ name, key: name, value: checked.value, locked: true, offset: member.nameStart })];
    }
  }
}

const found = (value: FoundValue): Found => ({ kind: 'value', value });

/** What the lock of `key` at `offset` covers beside what was found under it. */
function coveredBy(
  locked: boolean,
  names: readonly string[],
  values: readonly Found[],
  offset: number,
): readonly Found[] {
  if (!locked) return [];
  const present = new Set(values.map(({ value }) => value.name));
  return names
    .filter((name) => !present.has(name))
    .map((name) => ({ kind: 'covered', value: { name, offset } }) as const);
}

function checkEntry(
  findings: Findings,
  member: JsonMember,
  shape: Extract<Shape, { kind: 'entry' }>,
  name: string,
): readonly Found[] {
  const node = member.value;
  if (node.kind !== 'object') {
    findings.failExpected('an object such as {"locked": true, "value": …}', name, node);
    return [];
  }
  const names = [...ENTRY_FIELDS, ...Object.keys(shape.extras)];
  const members = membersNamed(node, names);
  checkStrays(findings, node, names, ENTRY_FIELDS, name);
  const locked = checkLocked(findings, members, name);
  if (locked && !members.has('value') && !node.damaged) {
    findings.fail(member.nameStart, `${name} is locked but has no "value" to be locked to`);
  }
  const values = [...members].flatMap(([field, inner]): readonly Found[] => {
    if (field === 'locked') {
      return [];
    }
    if (field !== 'value') {
      return checkField(findings, inner, typeOfField(shape.extras, field), { name: `${name}.${field}`, locked });
    }
    const checked = checkValue(findings, inner.value, shape.type, `${name}.value`);
    return checked === null ? [] : [found({ name, key: name, value: checked.value, locked, offset: member.nameStart })];
  });
  return [...values, ...coveredBy(locked, leavesOf(shape.extras, `${name}.`), values, member.nameStart)];
}

/**
 * A field beside an entry's value. Those of a nested object are values of their own, each with its place. A misspelt
 * one is an error, because the lock of the entry would hold without what it says.
 */
function checkField(
  findings: Findings,
  member: JsonMember,
  type: ValueType,
  { name, locked }: { readonly name: string; readonly locked: boolean },
): readonly Found[] {
  const node = member.value;
  if (type.kind !== 'object' || node.kind !== 'object') {
    const checked = checkValue(findings, node, type, name);
    return checked === null ? [] : [found({ name, key: name, value: checked.value, locked, offset: member.nameStart })];
  }
  const names = Object.keys(type.fields);
  checkStrays(findings, node, names, names, name);
  return [...membersNamed(node, names)].flatMap(([field, inner]) =>
    checkField(findings, inner, typeOfField(type.fields, field), { name: `${name}.${field}`, locked }),
  );
}

function checkGroup(findings: Findings, member: JsonMember, fields: Fields, name: string): readonly Found[] {
  const node = member.value;
  if (node.kind !== 'object') {
    findings.failExpected('an object with "locked" and the fields of the group', name, node);
    return [];
  }
  const names = ['locked', ...Object.keys(fields)];
  const members = membersNamed(node, names);
  checkStrays(findings, node, names, ENTRY_FIELDS, name);
  const locked = checkLocked(findings, members, name);
  if (locked && members.size === 1 && !node.damaged) {
    findings.fail(member.nameStart, `${name} is locked but has no field with a value to be locked to`);
  }
  const values = [...members].flatMap(([field, inner]): readonly Found[] => {
    if (field === 'locked') {
      return [];
    }
    const full = `${name}.${field}`;
    const checked = checkValue(findings, inner.value, typeOfField(fields, field), full);
    return checked === null
      ? []
      : [found({ name: full, key: name, value: checked.value, locked, offset: inner.nameStart })];
  });
  return [...values, ...coveredBy(locked, leavesOf(fields, `${name}.`), values, member.nameStart)];
}

/** An absent `locked` is false, as in the product that the format comes from. */
function checkLocked(findings: Findings, members: Members, name: string): boolean {
  const node = members.get('locked')?.value;
  if (node === undefined) {
    return false;
  }
  if (node.kind === 'scalar' && typeof node.value === 'boolean') {
    return node.value;
  }
  findings.failExpected('true or false', `${name}.locked`, node);
  return false;
}

/**
 * An unknown field that looks like a misspelt `critical` one, where that is missing, is an error and not a warning:
 * ignoring it would leave a setting open that the administrator meant to lock.
 */
function checkStrays(
  findings: Findings,
  node: JsonObject,
  names: readonly string[],
  critical: readonly string[],
  name: string,
): void {
  const members = membersNamed(node, names);
  const harmless = otherMembers(node, names).filter((stray) => {
    const near = nearestName(stray.name, names);
    if (near === null || !critical.includes(near) || members.has(near)) {
      return true;
    }
    findings.fail(stray.nameStart, `${quote(stray.name)} is no field of ${name}; did you mean "${near}"?`);
    return false;
  });
  findings.warnUnknown(harmless, names, name);
}
