import type { ReactNode } from 'react';
import type { EffectiveSetting, PolicyLocation } from '../../shared/contract/settings.ts';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { baseValueOf, type BaseValue } from '../model/base-value.ts';
import { sameValue } from '../model/same-value.ts';
import { valueWords } from '../model/value-words.ts';
import { useSnapshot } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { LockIcon } from '../ui/icons.tsx';
import type { Refusal } from './rows.ts';

export function PolicyPlace({ policy }: { readonly policy: PolicyLocation | null }): ReactNode {
  if (policy === null) return null;
  return (
    <>
      <span>in</span>
      <code className="path">{policy.path}</code>
      <span>line {policy.line}</span>
    </>
  );
}

interface ProvenanceProps {
  readonly definition: SettingDefinition;
  readonly setting: EffectiveSetting;
  readonly refusal: Refusal | null;
  /** The value that is shown, drafted perhaps. */
  readonly value: BaseValue['value'];
  readonly onReset: (value: BaseValue['value']) => void;
}

function resetWords(definition: SettingDefinition, { value, of }: BaseValue): string {
  const owner = of === 'administrator' ? 'your administrator’s default' : 'the default';
  return definition.control.kind === 'json'
    ? `Reset to ${owner}`
    : `Reset to ${owner}: ${valueWords(definition, value)}`;
}

/** Who decided on this value, and the way back where that was the person at the screen. */
export function Provenance({ definition, setting, refusal, value, onReset }: ProvenanceProps): ReactNode {
  const { policy } = useSnapshot();
  if (refusal === 'policyInvalid') {
    return <p className="note">Can’t be changed until the administrator’s policy is valid.</p>;
  }
  if (refusal === 'isolation') {
    return (
      <p className="note">
        Can’t be turned on while Enhanced Container Isolation is on: whoever controls the engine controls every
        container.
      </p>
    );
  }
  switch (setting.source) {
    case 'adminLocked':
      return (
        <p className="note note--managed">
          <LockIcon />
          <strong>Locked by your administrator</strong>
          <PolicyPlace policy={setting.policy} />
        </p>
      );
    case 'adminDefault':
      return (
        <p className="note">
          Default set by your administrator <PolicyPlace policy={setting.policy} /> · you can change it
        </p>
      );
    case 'user': {
      const base = baseValueOf(definition, policy);
      return sameValue(base.value, value) ? null : (
        <p className="note">
          <span>Changed by you.</span>
          <Button look="link" onPress={() => onReset(base.value)}>
            {resetWords(definition, base)}
          </Button>
        </p>
      );
    }
    case 'default':
      return null;
  }
}
