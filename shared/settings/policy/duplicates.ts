import { foldCase } from '../names.ts';
import { quote } from '../quote.ts';
import type { Remark } from './findings.ts';
import type { JsonMember, JsonNode } from './json.ts';

/**
 * Names that stand twice in one object, also when only their case differs. RFC 8259, section 4, leaves open which of
 * them counts, so another reader of the file could take the other one.
 */
export function findDuplicates(root: JsonNode, lineOf: (offset: number) => number): readonly Remark[] {
  switch (root.kind) {
    case 'object': {
      const first = new Map<string, JsonMember>();
      return root.members.flatMap((member) => {
        const folded = foldCase(member.name);
        const earlier = first.get(folded);
        first.set(folded, earlier ?? member);
        const inner = findDuplicates(member.value, lineOf);
        if (earlier === undefined) {
          return inner;
        }
        const also = earlier.name === member.name ? '' : ` as ${quote(earlier.name)}`;
        const message = `${quote(member.name)} stands here a second time; line ${lineOf(earlier.nameStart)} has it${also}`;
        return [{ offset: member.nameStart, message }, ...inner];
      });
    }
    case 'list':
      return root.items.flatMap((item) => findDuplicates(item, lineOf));
    case 'scalar':
    case 'hole':
      return [];
  }
}
