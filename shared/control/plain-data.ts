/** How large a value from outside may be. */
export interface DataLimits {
  readonly depth: number;
  readonly values: number;
  /** Characters of all strings and property names together. */
  readonly characters: number;
}

export const REQUEST_LIMITS: DataLimits = { depth: 8, values: 2_000, characters: 64 * 1024 };

/** Names that reach an object's prototype when a careless merge assigns them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Whether `value` is what JSON can say and no more than `limits`: null, booleans, finite numbers, strings, arrays, and
 * objects without a class, without symbols, accessors or names that reach a prototype. Structured clone (the HTML
 * standard's, which Electron's IPC uses) lets dates, maps, buffers and cycles through; none of them is asked for here.
 */
export function isPlainData(value: unknown, limits: DataLimits = REQUEST_LIMITS): boolean {
  let values = 0;
  let characters = 0;
  const fits = (text: string): boolean => {
    characters += text.length;
    return characters <= limits.characters;
  };
  const visit = (item: unknown, depth: number): boolean => {
    values += 1;
    if (values > limits.values || depth > limits.depth) return false;
    switch (typeof item) {
      case 'string':
        return fits(item);
      case 'number':
        return Number.isFinite(item);
      case 'boolean':
        return true;
      case 'object':
        if (item === null) return true;
        return Array.isArray(item) ? visitArray(item, depth) : visitObject(item, depth);
      case 'undefined':
      case 'bigint':
      case 'symbol':
      case 'function':
        return false;
    }
  };
  const visitArray = (items: readonly unknown[], depth: number): boolean =>
    items.length <= limits.values && Object.keys(items).length === items.length
      ? items.every((item) => visit(item, depth + 1))
      : false;
  const visitObject = (item: object, depth: number): boolean => {
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype !== Object.prototype && prototype !== null) return false;
    if (Object.getOwnPropertySymbols(item).length > 0) return false;
    return Object.entries(Object.getOwnPropertyDescriptors(item)).every(
      ([name, descriptor]) =>
        'value' in descriptor && !FORBIDDEN.has(name) && fits(name) && visit(descriptor.value, depth + 1),
    );
  };
  return visit(value, 0);
}
