import type { Failure } from '../../shared/contract/result.ts';
import { explainCode } from './error-code.ts';
import { readRegularFile } from './read-file.ts';
import { emptyDocument, LARGEST_SETTINGS_BYTES, parseDocument, type UserDocument } from './user-document.ts';

/** What stands at the path of the user's settings file. */
export type Found =
  | { readonly kind: 'missing' }
  | { readonly kind: 'good'; readonly document: UserDocument }
  /** Worth nothing but to its owner's eyes: it can be set aside. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** It must stay as it is; `document` is what can be used of it. */
  | { readonly kind: 'refused'; readonly document: UserDocument; readonly failure: Failure };

/** Looks at the file and changes nothing. */
export function inspectSettings(file: string): Found {
  const read = readRegularFile(file, LARGEST_SETTINGS_BYTES, true);
  switch (read.kind) {
    case 'missing':
      return { kind: 'missing' };
    case 'notAFile':
      return { kind: 'unusable', reason: read.isDirectory ? 'it is a folder' : 'it is not a file' };
    case 'link':
    case 'failed': {
      const why = explainCode(read.kind === 'link' ? 'ELOOP' : read.code);
      return refused(
        emptyDocument,
        `Your settings file ${file} could not be read: ${why}.`,
        'Make the file readable for you, then quit Bulkhead and start it again.',
      );
    }
    case 'read': {
      const parsed = parseDocument(read.bytes);
      switch (parsed.kind) {
        case 'good':
          return { kind: 'good', document: parsed.document };
        case 'bad':
          return { kind: 'unusable', reason: parsed.reason };
        case 'newer':
          return refused(
            { ...parsed.document, mistakes: [] },
            `Your settings file ${file} was written by a newer Bulkhead (version ${parsed.version} of its format) and is left as it is.`,
            'Use the newer Bulkhead, or move the file away and start this one again.',
          );
      }
    }
  }
}

function refused(document: UserDocument, message: string, remedy: string): Found {
  return { kind: 'refused', document, failure: { code: 'SETTINGS_FILE', message, remedy } };
}
