import path from 'node:path';
import type { Platform } from '../../shared/settings/catalog.ts';

/** Whom an administrator's file is believed. */
export interface PolicyTrust {
  /** User ids that may own the file and its folder. */
  readonly owners: readonly number[];
  /** Every folder down from the root is checked, not only the one that the file is in. */
  readonly wholePath: boolean;
  /** Check the access control lists, because the platform has no owners and modes. */
  readonly accessControlLists: boolean;
}

/** Where to look for the administrator's file: the first that exists decides, also when it is not valid. */
export interface PolicySearch {
  readonly paths: readonly string[];
  readonly trust: PolicyTrust;
}

const FILE_NAME = 'admin-settings.json';
const ROOT = 0;

/**
 * Bulkhead's own system path, then Docker Desktop's (its manual, "Configure Settings Management with a JSON file"), so
 * that an organisation can bring the file that it has. On Windows the folder is a fixed one and not %ProgramData%:
 * environment variables belong to the user, who must not be able to choose the policy.
 */
export function systemPolicySearch(platform: Platform): PolicySearch {
  const trust: PolicyTrust = { owners: [ROOT], wholePath: true, accessControlLists: platform === 'win32' };
  return { paths: systemFolders(platform), trust };
}

/**
 * Another folder, for tests of a development build; a packaged app must never be given one. There the developer may
 * own the file, and the folders above (a world-writable /tmp) are not looked at.
 */
export function developmentPolicySearch(folder: string): PolicySearch {
  const owners = [...new Set([ROOT, process.getuid?.() ?? ROOT])];
  const trust: PolicyTrust = { owners, wholePath: false, accessControlLists: false };
  return { paths: [path.join(path.resolve(folder), FILE_NAME)], trust };
}

function systemFolders(platform: Platform): readonly string[] {
  switch (platform) {
    case 'linux':
      return [`/etc/bulkhead/${FILE_NAME}`, `/usr/share/docker-desktop/${FILE_NAME}`];
    case 'darwin':
      return ['Bulkhead', 'com.docker.docker'].map((name) => `/Library/Application Support/${name}/${FILE_NAME}`);
    case 'win32':
      return ['Bulkhead', 'DockerDesktop'].map((name) => `C:\\ProgramData\\${name}\\${FILE_NAME}`);
  }
}
