import type { z } from 'zod';
import { quote } from './quote.ts';

const TYPE_WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'text in double quotes',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
};

/** What a schema would have accepted instead, in words that fit after "Expected". */
export function expectation(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue?.code === 'invalid_type') {
    return TYPE_WORDS[issue.expected] ?? issue.expected;
  }
  if (issue?.code === 'invalid_value') {
    return anyOf(issue.values.map((value) => (typeof value === 'string' ? quote(value) : String(value))));
  }
  if (issue?.code === 'too_small') {
    return `a value of at least ${String(issue.minimum)}`;
  }
  if (issue?.code === 'too_big') {
    return `a value of at most ${String(issue.maximum)}`;
  }
  return issue?.message ?? 'another value';
}

/** `a`, `a or b`, `a, b or c`. */
function anyOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
