import { foldCase, nearestName } from '../names.ts';
import { describeValue, quote } from '../quote.ts';
import type { JsonMember, JsonNode, JsonObject } from './json.ts';

/** A remark on a place in the text. */
export interface Remark {
  readonly offset: number;
  readonly message: string;
}

/** A key that is not in the catalog, under its dotted name as the file writes it. */
export interface UnknownKey {
  readonly name: string;
  readonly offset: number;
  readonly nearest: string | null;
}

/** Collects what is found in a policy. */
export interface Findings {
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
  readonly unknown: readonly UnknownKey[];
  readonly fail: (offset: number, message: string) => void;
  /** Fails with "Expected … for name, found …"; silent on a hole, which has been reported already. */
  readonly failExpected: (words: string, name: string, node: JsonNode) => void;
  /** Warns of members that have none of the `names` which `parent` has, or the policy itself where that is null. */
  readonly warnUnknown: (members: readonly JsonMember[], names: readonly string[], parent: string | null) => void;
}

/** Unknown keys beyond this many get no suggestion: comparing names is slow, and nobody reads that many. */
const MOST_COMPARED = 100;

export function createFindings(): Findings {
  const errors: Remark[] = [];
  const warnings: Remark[] = [];
  const unknown: UnknownKey[] = [];
  const fail = (offset: number, message: string): void => {
    errors.push({ offset, message });
  };
  return {
    errors,
    warnings,
    unknown,
    fail,
    failExpected: (words, name, node) => {
      if (node.kind !== 'hole') {
        fail(node.start, `Expected ${words} for ${name}, found ${describeNode(node)}`);
      }
    },
    warnUnknown: (members, names, parent) => {
      const what = parent === null ? 'setting' : `field of ${parent}`;
      for (const member of members) {
        const near = warnings.length < MOST_COMPARED ? nearestName(member.name, names) : null;
        const hint = near === null ? '' : `; did you mean "${near}"?`;
        const message = `${quote(member.name)} is no ${what} that Bulkhead knows and is ignored${hint}`;
        warnings.push({ offset: member.nameStart, message });
        const name = parent === null ? member.name : `${parent}.${member.name}`;
        unknown.push({ name, offset: member.nameStart, nearest: near });
      }
    },
  };
}

/** The members with these names, whatever their case, under the spelling given here; of two with one name the first. */
export function membersNamed(node: JsonObject, names: readonly string[]): ReadonlyMap<string, JsonMember> {
  const spellings = new Map(names.map((name) => [foldCase(name), name]));
  const found = new Map<string, JsonMember>();
  for (const member of node.members) {
    const name = spellings.get(foldCase(member.name));
    if (name !== undefined && !found.has(name)) {
      found.set(name, member);
    }
  }
  return found;
}

/** The members that have none of these names. */
export function otherMembers(node: JsonObject, names: readonly string[]): readonly JsonMember[] {
  const spellings = new Set(names.map(foldCase));
  return node.members.filter((member) => !spellings.has(foldCase(member.name)));
}

function describeNode(node: JsonNode): string {
  switch (node.kind) {
    case 'scalar':
      return describeValue(node.value);
    case 'list':
      return 'a list';
    case 'object':
      return 'an object';
    case 'hole':
      return 'nothing';
  }
}
