import { checkDaemonOptions } from '../../shared/settings/daemon-options.ts';
import { positionsIn } from '../../shared/settings/policy/position.ts';

/** A mistake in the text of an editor. Lines and columns count from one. */
export interface TextMistake {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly message: string;
  readonly excerpt: string;
  readonly caret: number;
}

/** All that keeps Docker Engine from being given this configuration, in the order of the text. */
export function checkJsonText(text: string): readonly TextMistake[] {
  const checked = checkDaemonOptions(text);
  if (checked.ok) return [];
  const positions = positionsIn(text);
  return checked.problems.map(({ offset, message }) => ({
    ...positions.at(offset),
    ...positions.excerpt(offset),
    offset,
    message,
  }));
}

/** The text as JSON with an indentation of two; null where it is none. */
export function formatJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

/** The members of the object in `text`, each as JSON; none where it is no object. */
export function jsonMembers(text: string): ReadonlyMap<string, string> {
  try {
    const parsed: unknown = JSON.parse(text);
    return new Map(
      typeof parsed === 'object' && parsed !== null
        ? Object.entries(parsed).map(([name, value]) => [name, JSON.stringify(value)])
        : [],
    );
  } catch {
    return new Map();
  }
}
