import type { DeepCheckContext } from '../../shared/contract/deep-check.ts';
import type { Settings } from '../settings/port.ts';
import type { AppIdentity } from './port.ts';

/** What a report of a deep check says of the app: its version, the settings in force, and the file that locks some. */
export const deepCheckContext = (
  { version, platform }: Pick<AppIdentity, 'version' | 'platform'>,
  settings: Pick<Settings, 'effective' | 'policy'>,
): DeepCheckContext => {
  const policy = settings.policy();
  return {
    bulkhead: version,
    platform,
    settings: Object.fromEntries(
      Object.entries(settings.effective()).map(([key, { value, source, locked }]) => [key, { value, source, locked }]),
    ),
    policyPath: policy.kind === 'none' ? null : policy.path,
  };
};
