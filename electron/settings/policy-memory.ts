import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { PolicyStatus, SettingsNotice } from '../../shared/contract/settings.ts';
import { ensureWritable } from './durable.ts';

/** What earlier launches know of the policy. It only informs: the user could change it, so nothing is decided by it. */
export interface PolicyMemory {
  readonly notices: () => readonly SettingsNotice[];
  /** The user has read the notice, so that later launches need not repeat it. */
  readonly forget: () => void;
}

const SEEN = z.object({
  path: z.string(),
  /** The last launch at which the policy was in force, ISO 8601. */
  lastSeen: z.string(),
  /** The first launch at which it was not there any more. */
  goneSince: z.string().nullable(),
});
type Seen = z.output<typeof SEEN>;

const NAME = 'policy-seen.json';

/** The id of the notice that a policy is gone. */
export const POLICY_GONE = 'policy-gone';

/**
 * Compares this launch with the ones before it, by a file in `directory`: a policy that was in force and is gone is
 * worth a word, because somebody may have removed it without the administrator's knowledge.
 */
export function recallPolicy(directory: string, status: PolicyStatus, now: Date): PolicyMemory {
  const file = path.join(directory, NAME);
  const before = recall(file);
  const at = now.toISOString();
  let notices: readonly SettingsNotice[] = [];
  switch (status.kind) {
    case 'inForce':
      remember(file, { path: status.path, lastSeen: at, goneSince: null });
      if (before !== null && before.path !== status.path) {
        notices = [goneNotice(before, before.goneSince ?? at, `The policy at ${status.path} is in force now.`)];
      }
      break;
    case 'none':
      if (before !== null) {
        const goneSince = before.goneSince ?? at;
        remember(file, { ...before, goneSince });
        notices = [goneNotice(before, goneSince, 'What it set is yours to change now.')];
      }
      break;
    case 'invalid':
      // The file is there, and the window says what is wrong with it.
      break;
  }
  return {
    notices: () => notices,
    forget: () => {
      notices = [];
      if (status.kind === 'none') attempt(() => rmSync(file, { force: true }));
    },
  };
}

function goneNotice({ path: gone, lastSeen }: Seen, since: string, consequence: string): SettingsNotice {
  const message = `The policy at ${gone} is gone since ${since}; it was last in force on ${lastSeen}. ${consequence}`;
  return { id: POLICY_GONE, message, path: gone };
}

function recall(file: string): Seen | null {
  try {
    return SEEN.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function remember(file: string, seen: Seen): void {
  attempt(() => {
    ensureWritable(path.dirname(file));
    const temporary = `${file}.tmp-${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(seen)}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  });
}

/** A disk that cannot be written costs no more than this notice; the settings' own file says so louder. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing depends on it.
  }
}
