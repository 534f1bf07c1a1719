import { nearestName } from '../names.ts';
import { quote } from '../quote.ts';
import { checkValue, typeOfField } from './check-value.ts';
import { createFindings, type Findings, membersNamed, otherMembers, type Remark, type UnknownKey } from './findings.ts';
import type { JsonMember, JsonNode, JsonObject } from './json.ts';
import type { Fields, Shape, Shapes } from './shape.ts';

/** One value of a policy: the dotted name in the catalog's spelling, and the offset of its key in the text. */
export interface FoundValue {
  readonly name: string;
  /** The key that the file has for it: the entry itself, or the group that it is a field of. */
  readonly key: string;
  readonly value: unknown;
  readonly locked: boolean;
  readonly offset: number;
}

export interface CheckedPolicy {
  /** To be used only if there are no errors. */
  readonly values: readonly FoundValue[];
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** What the warnings about unknown keys are about. */
  readonly unknown: readonly UnknownKey[];
}

type Members = ReadonlyMap<string, JsonMember>;

const ENTRY_FIELDS = ['locked', 'value'];

/**
 * Compares a policy's tree with the keys that exist and finds every error. Names match whatever their case. Where a
 * syntax error has hidden something, nothing is said to be missing.
 */
export function checkPolicy(root: JsonNode, shapes: Shapes): CheckedPolicy {
  const findings = createFindings();
  const values = checkKeys(findings, root, shapes, null);
  return { values, errors: findings.errors, warnings: findings.warnings, unknown: findings.unknown };
}

function checkKeys(findings: Findings, node: JsonNode, shapes: Shapes, parent: string | null): readonly FoundValue[] {
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

function checkShape(findings: Findings, member: JsonMember, shape: Shape, name: string): readonly FoundValue[] {
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
        : [{ name, key: name, value: checked.value, locked: true, offset: member.nameStart }];
    }
  }
}

function checkEntry(
  findings: Findings,
  member: JsonMember,
  shape: Extract<Shape, { kind: 'entry' }>,
  name: string,
): readonly FoundValue[] {
  const node = member.value;
  if (node.kind !== 'object') {
    findings.failExpected('an object such as {"locked": true, "value": …}', name, node);
    return [];
  }
  const names = [...ENTRY_FIELDS, ...Object.keys(shape.extras)];
  const members = membersNamed(node, names);
  checkStrays(findings, node, names, members, name);
  const locked = checkLocked(findings, members, name);
  if (locked && !members.has('value') && !node.damaged) {
    findings.fail(member.nameStart, `${name} is locked but has no "value" to be locked to`);
  }
  return [...members].flatMap(([field, inner]) => {
    if (field === 'locked') {
      return [];
    }
    const isValue = field === 'value';
    const type = isValue ? shape.type : typeOfField(shape.extras, field);
    const checked = checkValue(findings, inner.value, type, `${name}.${field}`);
    const full = isValue ? name : `${name}.${field}`;
    const offset = isValue ? member.nameStart : inner.nameStart;
    return checked === null ? [] : [{ name: full, key: full, value: checked.value, locked, offset }];
  });
}

function checkGroup(findings: Findings, member: JsonMember, fields: Fields, name: string): readonly FoundValue[] {
  const node = member.value;
  if (node.kind !== 'object') {
    findings.failExpected('an object with "locked" and the fields of the group', name, node);
    return [];
  }
  const names = ['locked', ...Object.keys(fields)];
  const members = membersNamed(node, names);
  checkStrays(findings, node, names, members, name);
  const locked = checkLocked(findings, members, name);
  if (locked && members.size === 1 && !node.damaged) {
    findings.fail(member.nameStart, `${name} is locked but has no field with a value to be locked to`);
  }
  return [...members].flatMap(([field, inner]) => {
    if (field === 'locked') {
      return [];
    }
    const full = `${name}.${field}`;
    const checked = checkValue(findings, inner.value, typeOfField(fields, field), full);
    return checked === null ? [] : [{ name: full, key: name, value: checked.value, locked, offset: inner.nameStart }];
  });
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
 * An unknown field that looks like a misspelt `locked` or `value`, where that is missing, is an error and not a
 * warning: ignoring it would leave a setting open that the administrator meant to lock.
 */
function checkStrays(
  findings: Findings,
  node: JsonObject,
  names: readonly string[],
  members: Members,
  name: string,
): void {
  const harmless = otherMembers(node, names).filter((stray) => {
    const near = nearestName(stray.name, names);
    if (near === null || !ENTRY_FIELDS.includes(near) || members.has(near)) {
      return true;
    }
    findings.fail(stray.nameStart, `${quote(stray.name)} is no field of ${name}; did you mean "${near}"?`);
    return false;
  });
  findings.warnUnknown(harmless, names, name);
}
