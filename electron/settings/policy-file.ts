import type { PolicyStatus } from '../../shared/contract/settings.ts';
import type { PolicyLayer } from '../../shared/settings/merge.ts';
import {
  LARGEST_POLICY_BYTES,
  type ParsedPolicy,
  parsePolicy,
  type PolicyEntry,
  refuse,
} from '../../shared/settings/policy/parse.ts';
import { explainCode } from './error-code.ts';
import type { PolicySearch, PolicyTrust } from './policy-search.ts';
import { resolvePolicyPath } from './policy-path.ts';
import { brokenLinkTo, distrustFile } from './posix-trust.ts';
import { readRegularFile } from './read-file.ts';
import { distrustAccessControl } from './windows-trust.ts';

/** The administrator's file as it was at launch. */
export interface LoadedPolicy {
  readonly status: PolicyStatus;
  /** Empty unless the policy is in force. */
  readonly layer: PolicyLayer;
  /** Every value of the file, also of keys that no setting obeys. Empty unless the policy is in force. */
  readonly entries: readonly PolicyEntry[];
}

/**
 * Reads the first policy file that exists. Only a file that is not there counts as no policy; one that cannot be read,
 * trusted or understood is `invalid`, and no later place is looked at, so that nothing can make a policy go away but
 * its removal.
 */
export function loadPolicy({ paths, trust }: PolicySearch): LoadedPolicy {
  for (const path of paths) {
    const parsed = readPolicy(path, trust);
    switch (parsed?.kind) {
      case undefined:
        break;
      case 'invalid':
        return { status: { kind: 'invalid', path, problems: parsed.problems }, layer: {}, entries: [] };
      case 'valid': {
        const { layer, entries, keys, warnings } = parsed;
        return { status: { kind: 'inForce', path, warnings, keys }, layer, entries };
      }
    }
  }
  return { status: { kind: 'none', searched: paths }, layer: {}, entries: [] };
}

/**
 * Null if there is no file. Links on the way are followed only where they are as safe as the file itself has to be;
 * on Windows they are not followed.
 */
function readPolicy(path: string, trust: PolicyTrust): ParsedPolicy | null {
  if (trust.accessControlLists) return readPolicyAt(path, path, trust);
  const resolved = resolvePolicyPath(path, trust);
  switch (resolved.kind) {
    case 'missing':
      return null;
    case 'refused':
      return refuse(path, resolved.reason);
    case 'found':
      return readPolicyAt(path, resolved.path, trust);
  }
}

/** Reads the file `at`, to which `path` leads. */
function readPolicyAt(path: string, at: string, trust: PolicyTrust): ParsedPolicy | null {
  const read = readRegularFile(at, LARGEST_POLICY_BYTES, false);
  switch (read.kind) {
    case 'missing': {
      const broken = brokenLinkTo(path, trust);
      return broken === null ? null : refuse(path, broken);
    }
    case 'link':
      return refuse(path, 'The file is a symbolic link; put the file itself at this path');
    case 'notAFile':
      return refuse(path, `${read.isDirectory ? 'A folder' : 'Something that is not a file'} stands at this path`);
    case 'failed':
      return refuse(path, `The file could not be read: ${explainCode(read.code)}`);
    case 'read': {
      const distrust = trust.accessControlLists ? distrustAccessControl(path) : distrustFile(at, read.stats, trust);
      return distrust === null ? parsePolicy(path, read.bytes) : refuse(path, distrust);
    }
  }
}
