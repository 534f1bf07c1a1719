import type { EffectiveSettings, PolicyStatus } from '../../shared/contract/settings.ts';

interface Decided {
  readonly effective: EffectiveSettings;
  readonly policy: PolicyStatus;
}

/** Why nothing may be asked about newer versions, by whose will; null where it may. A policy that cannot be read may have forbidden it. */
export function updateRefusal({ effective, policy }: Decided): string | null {
  if (policy.kind === 'invalid') {
    return `The administrator's file ${policy.path} cannot be used, and it may have switched updates off.`;
  }
  const { value, policy: place } = effective.disableUpdate;
  if (!value) return null;
  return place === null
    ? 'Checking for updates is switched off in the settings.'
    : `Your administrator has switched updates off (${place.path}, line ${place.line}).`;
}
