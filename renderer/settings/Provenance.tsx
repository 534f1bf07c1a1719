import type { ReactNode } from 'react';
import type { EffectiveSetting, PolicyLocation } from '../../shared/contract/settings.ts';
import { LockIcon } from '../ui/icons.tsx';
import type { Refusal } from './rows.ts';

function Place({ policy }: { readonly policy: PolicyLocation | null }): ReactNode {
  if (policy === null) return null;
  return (
    <>
      <span>in</span>
      <code className="path">{policy.path}</code>
      <span>line {policy.line}</span>
    </>
  );
}

/** Who decided on this value, where that was somebody else than the person at the screen. */
export function Provenance({
  setting,
  refusal,
}: {
  readonly setting: EffectiveSetting;
  readonly refusal: Refusal | null;
}): ReactNode {
  if (refusal === 'policyInvalid') {
    return <p className="note">Can’t be changed until the administrator’s policy is valid.</p>;
  }
  switch (setting.source) {
    case 'adminLocked':
      return (
        <p className="note note--managed">
          <LockIcon />
          <strong>Locked by your administrator</strong>
          <Place policy={setting.policy} />
        </p>
      );
    case 'adminDefault':
      return (
        <p className="note">
          Default set by your administrator <Place policy={setting.policy} /> · you can change it
        </p>
      );
    case 'default':
    case 'user':
      return null;
  }
}
