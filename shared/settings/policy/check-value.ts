import { z } from 'zod';
import { expectation } from '../expectation.ts';
import { namesIn } from '../names-in-text.ts';
import { type Findings, membersNamed, otherMembers } from './findings.ts';
import type { JsonNode, JsonObject } from './json.ts';
import { type Fields, list, scalar, type ValueType } from './shape.ts';

/** A value that has its type; names in its objects are in the catalog's spelling. */
export interface Checked {
  readonly value: unknown;
}

/** The node's value if it has the type, else null, and every deviation is among the findings. */
export function checkValue(findings: Findings, node: JsonNode, type: ValueType, name: string): Checked | null {
  switch (type.kind) {
    case 'scalar': {
      // A list or an object stands for "no scalar at all", so that the schema says what it wants instead.
      const parsed = type.schema.safeParse(node.kind === 'scalar' ? node.value : undefined);
      if (parsed.success) {
        return { value: parsed.data };
      }
      return unexpected(findings, expectation(parsed.error), name, node);
    }
    case 'checkedText': {
      if (node.kind !== 'scalar' || typeof node.value !== 'string') {
        return unexpected(findings, 'text in double quotes', name, node);
      }
      const problems = type.check(node.value);
      for (const { message } of problems) findings.fail(node.start, `In ${name}: ${message}`);
      return problems.length === 0 ? { value: node.value } : null;
    }
    case 'list': {
      if (node.kind !== 'list') {
        return unexpected(findings, 'a list', name, node);
      }
      const items = node.items.map((item, index) => checkValue(findings, item, type.item, `${name}[${index}]`));
      return items.includes(null) ? null : { value: items.map((item) => item?.value) };
    }
    case 'object':
      return node.kind === 'object'
        ? checkFields(findings, node, type, name)
        : unexpected(findings, 'an object', name, node);
    case 'textOrList':
      return checkValue(findings, node, node.kind === 'list' ? list(scalar(type.item)) : namesText(type.item), name);
  }
}

/** A text with commas in which every name is an `item`. */
const namesText = (item: z.ZodType): ValueType =>
  scalar(
    z.string().superRefine((given, context) => {
      const wrong = namesIn(given)
        .map((name) => item.safeParse(name))
        .find(({ success }) => !success);
      if (wrong?.error !== undefined) context.addIssue({ code: 'custom', message: expectation(wrong.error) });
    }),
  );

function checkFields(
  findings: Findings,
  node: JsonObject,
  { fields, required }: Extract<ValueType, { kind: 'object' }>,
  name: string,
): Checked | null {
  const names = Object.keys(fields);
  findings.warnUnknown(otherMembers(node, names), names, name);
  const result: [string, unknown][] = [];
  let intact = true;
  for (const field of required.filter((each) => !membersNamed(node, names).has(each) && !node.damaged)) {
    findings.fail(node.start, `${name} has no "${field}"`);
    intact = false;
  }
  for (const [field, member] of membersNamed(node, names)) {
    const checked = checkValue(findings, member.value, typeOfField(fields, field), `${name}.${field}`);
    intact &&= checked !== null;
    result.push([field, checked?.value]);
  }
  return intact ? { value: Object.fromEntries(result) } : null;
}

/** The type of a field that is known to be one of `fields`. */
export function typeOfField(fields: Fields, field: string): ValueType {
  const type = fields[field];
  if (type === undefined) {
    throw new Error(`no type for the field ${field}`);
  }
  return type;
}

function unexpected(findings: Findings, words: string, name: string, node: JsonNode): null {
  findings.failExpected(words, name, node);
  return null;
}
