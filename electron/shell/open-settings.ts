import type { Platform } from '../../shared/settings/catalog.ts';
import type { Host } from '../settings/engine-config.ts';
import { loadPolicy } from '../settings/policy-file.ts';
import { recallPolicy } from '../settings/policy-memory.ts';
import { developmentPolicySearch, type PolicySearch, systemPolicySearch } from '../settings/policy-search.ts';
import { type PolicyWatch, watchPolicy } from '../settings/policy-watch.ts';
import type { Settings } from '../settings/port.ts';
import { createSettings } from '../settings/settings.ts';
import { openUserFile } from '../settings/user-file.ts';
import { watchPaths } from '../settings/watch-paths.ts';
import type { Places } from './places.ts';

interface Parts {
  readonly places: Places;
  readonly development: boolean;
  readonly host: Host;
  readonly onFault: (cause: unknown) => void;
}

export interface OpenedSettings {
  readonly settings: Settings;
  readonly policyWatch: PolicyWatch;
}

/**
 * Reads the policy and the user's file, and goes on watching both. The policy is read here and never again: whoever
 * wants another one starts another process. What the user writes into the file counts at once.
 */
export function openSettings({ places, development, host, onFault }: Parts): OpenedSettings {
  const search = policySearch(development);
  const policy = loadPolicy(search);
  const file = openUserFile(places.config);
  const settings = createSettings(policy, file, host, recallPolicy(places.state, policy.status, new Date()));
  watchPaths([file.path], { onChange: settings.takeOverEdits, onFault });
  return { settings, policyWatch: watchPolicy(search, policy, onFault) };
}

function policySearch(development: boolean): PolicySearch {
  const folder = development ? process.env['BULKHEAD_POLICY_DIR'] : undefined;
  return folder === undefined ? systemPolicySearch(platformOf()) : developmentPolicySearch(folder);
}

function platformOf(): Platform {
  const { platform } = process;
  if (platform === 'linux' || platform === 'darwin' || platform === 'win32') return platform;
  throw new Error(`Bulkhead does not know where this system (${platform}) keeps policies.`);
}
