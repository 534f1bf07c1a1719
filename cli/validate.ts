import path from 'node:path';
import { explainCode } from '../electron/settings/error-code.ts';
import { readRegularFile } from '../electron/settings/read-file.ts';
import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import { LARGEST_POLICY_BYTES, parsePolicy } from '../shared/settings/policy/parse.ts';
import type { Reply } from './commands.ts';
import { problemText, warningText } from './output.ts';
import { EXIT } from './usage.ts';

/**
 * Checks a policy by what stands in it, as the app does at launch. Who owns the file and who may write it is not looked
 * at, because it is not yet where it will be. The failure says why the file could not be read.
 */
export function validatePolicy(file: string): Result<Reply> {
  const full = path.resolve(file);
  const read = readRegularFile(full, LARGEST_POLICY_BYTES, true);
  switch (read.kind) {
    case 'missing':
      return err(unreadable(full, explainCode('ENOENT')));
    case 'link':
      return err(unreadable(full, explainCode('ELOOP')));
    case 'failed':
      return err(unreadable(full, explainCode(read.code)));
    case 'notAFile':
      return err(unreadable(full, read.isDirectory ? 'it is a folder' : 'it is not a file'));
    case 'read': {
      const parsed = parsePolicy(full, read.bytes);
      const problems = parsed.kind === 'invalid' ? parsed.problems : [];
      const { warnings } = parsed;
      const valid = parsed.kind === 'valid';
      const counts = [
        ...(valid ? [] : [counted(problems.length, 'problem')]),
        ...(warnings.length === 0 ? [] : [counted(warnings.length, 'warning')]),
      ].join(', ');
      const verdict = valid
        ? `is a valid policy${counts === '' ? '' : `, with ${counts}`}`
        : `is not a valid policy: ${counts}`;
      return ok({
        json: { path: full, valid, problems, warnings },
        text: `${problems.map(problemText).join('')}${warnings.map(warningText).join('')}${full} ${verdict}.\n`,
        exitCode: valid ? EXIT.ok : EXIT.failed,
      });
    }
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const unreadable = (file: string, why: string): Failure => ({
  code: 'INVALID',
  message: `${file} could not be read: ${why}.`,
  remedy: 'Name a policy file that you may read.',
});
