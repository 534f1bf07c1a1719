import { z } from 'zod';
import { settings } from '../catalog.ts';
import { standingOf } from './key-states.ts';
import { policyKeys } from './keys.ts';
import type { Fields, Shape, Shapes, ValueType } from './shape.ts';

/** A schema of JSON Schema draft 7, the one that editors understand best (json-schema.org, "Draft-07"). */
export type JsonSchema = { readonly [key: string]: unknown };

/**
 * The JSON Schema of admin-settings.json, made from the shapes that the validator itself uses. It says what a file in
 * the documented spelling may hold; that names match in any case, that none may stand twice and that a misspelt
 * "locked" is an error is beyond it, so it never refuses what the validator accepts in that spelling.
 */
export function policySchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'admin-settings.json for Bulkhead',
    description: 'Settings that an administrator gives or locks. Unknown keys are ignored with a warning.',
    ...keysSchema(policyKeys, ''),
  };
}

function keysSchema(shapes: Shapes, prefix: string): JsonSchema {
  const properties = Object.entries(shapes).map(
    ([key, shape]) => [key, shapeSchema(shape, `${prefix}${key}`)] as const,
  );
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function shapeSchema(shape: Shape, name: string): JsonSchema {
  switch (shape.kind) {
    case 'entry': {
      const value = { value: typeSchema(shape.type), ...fieldSchemas(shape.extras, name) };
      return { ...describe(name), ...lockable(value, { required: ['value'] }) };
    }
    case 'group': {
      const anyField = { anyOf: Object.keys(shape.fields).map((field) => ({ required: [field] })) };
      return lockable(fieldSchemas(shape.fields, name), anyField);
    }
    case 'container':
      return keysSchema(shape.children, `${name}.`);
    case 'bare':
      return { ...describe(name), ...typeSchema(shape.type) };
  }
}

/** An object with `locked`; where that is true there must be something to be locked to. */
function lockable(properties: Readonly<Record<string, JsonSchema>>, ifLocked: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { locked: { type: 'boolean', description: 'Whether users may not change it' }, ...properties },
    if: { properties: { locked: { const: true } }, required: ['locked'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
    then: ifLocked,
  };
}

/** Names with commas between them and white space around them. */
const NAMES_TEXT = String.raw`^\s*([^\s,]+\s*)?(,\s*([^\s,]+\s*)?)*$`;

/** What a value of this type may be. */
export function typeSchema(type: ValueType): JsonSchema {
  switch (type.kind) {
    case 'scalar': {
      const schema = Object.entries(z.toJSONSchema(type.schema, { target: 'draft-7' }));
      return Object.fromEntries(schema.filter(([keyword]) => keyword !== '$schema'));
    }
    case 'checkedText':
      return { type: 'string' };
    case 'list':
      return { type: 'array', items: typeSchema(type.item) };
    case 'object': {
      const required = type.required.length === 0 ? {} : { required: type.required };
      const fields = Object.entries(type.fields).map(([field, inner]) => [field, typeSchema(inner)] as const);
      return { type: 'object', properties: Object.fromEntries(fields), ...required };
    }
    case 'textOrList': {
      const item = typeSchema({ kind: 'scalar', schema: type.item });
      return {
        anyOf: [
          { type: 'string', pattern: NAMES_TEXT },
          { type: 'array', items: item },
        ],
      };
    }
  }
}

/** Fields under a lock, each with what there is to say of it. */
const fieldSchemas = (fields: Fields, parent: string): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, type]) => {
      const name = `${parent}.${field}`;
      return type.kind === 'object'
        ? [field, { type: 'object', properties: fieldSchemas(type.fields, name) }]
        : [field, { ...describe(name), ...typeSchema(type) }];
    }),
  );

/** What an editor shows beside the key: a setting's own words, or that the key has no effect. */
function describe(name: string): JsonSchema {
  const setting = settings.find(({ policyPath }) => policyPath.join('.') === name);
  const { state, note } = standingOf(name);
  if (setting !== undefined) {
    return { description: `${setting.label}. ${setting.description}${note === null ? '' : ` ${note}.`}` };
  }
  if (Object.hasOwn(FILE_NOTES, name)) return { description: FILE_NOTES[name] };
  const remark = note ?? 'Bulkhead has no such feature';
  return { description: state === 'notApplicable' ? `Recorded without effect: ${remark}` : remark };
}

const FILE_NOTES: Readonly<Record<string, string>> = {
  $schema: 'Where an editor finds this schema',
  configurationFileVersion: 'The version of the format: 2',
};
