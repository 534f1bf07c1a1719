import { useLayoutEffect, type ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { SettingControl } from '../controls/SettingControl.tsx';
import { draftedValue, draftProblems } from '../model/draft-problems.ts';
import { sameValue } from '../model/same-value.ts';
import { useActions, useDraft, useSnapshot, useTask, useWindow } from '../state/context.ts';
import { FailureNote } from '../ui/FailureNote.tsx';
import { AlertIcon } from '../ui/icons.tsx';
import { IsolationStatus } from './IsolationStatus.tsx';
import { PendingChange } from './PendingChange.tsx';
import { Provenance } from './Provenance.tsx';
import { isInstant, refusalOf } from './rows.ts';
import './setting-row.css';

interface SettingRowProps {
  readonly definition: SettingDefinition;
  /** What the group of this row is called; the label says it to those who can't see the group. */
  readonly group?: string | undefined;
  /** The id of the words that say who has locked the group as a whole; null where each row speaks for itself. */
  readonly groupReason?: string | null;
}

/** The label without the name of the group that it stands in. */
function Label({ label, group }: { readonly label: string; readonly group: string | undefined }): ReactNode {
  const prefix = `${group ?? ''}: `;
  if (group === undefined || !label.startsWith(prefix)) return label;
  const rest = label.slice(prefix.length);
  return (
    <>
      <span className="visually-hidden">{prefix}</span>
      <span className="row__short">{rest}</span>
    </>
  );
}

/** Where the control stands: before the text, beside it, or below it where it needs the room. */
function placeOf({ control }: SettingDefinition): 'before' | 'beside' | 'below' {
  switch (control.kind) {
    case 'checkbox':
      return 'before';
    case 'choice':
      return control.options.reduce((length, { label }) => length + label.length, 0) > 40 ? 'below' : 'beside';
    case 'number':
      return 'beside';
    case 'text':
    case 'list':
    case 'json':
      return 'below';
  }
}

/** Brings the control into view and gives it the focus when it is asked for by name. */
function useReveal(key: SettingDefinition['key']): void {
  const revealed = useWindow((state) => (state.revealed?.key === key ? state.revealed : null));
  useLayoutEffect(() => {
    if (revealed === null) return;
    const control = document.getElementById(key);
    control?.closest('.row')?.scrollIntoView({ block: 'center' });
    control?.focus({ preventScroll: true });
  }, [revealed, key]);
}

/**
 * One setting: control, name, what it does, and below it, where there is something to say, why it is as it is. All of it
 * describes the control (aria-describedby), so nothing is said by position or colour alone.
 */
export function SettingRow({ definition, group, groupReason = null }: SettingRowProps): ReactNode {
  const { key, label, description } = definition;
  const { edit, setNow } = useActions();
  const snapshot = useSnapshot();
  const draft = useDraft();
  const instant = useWindow((state) => state.instant[key]);
  const { failure } = useTask(`setting:${key}`);
  useReveal(key);

  const setting = snapshot.settings[key];
  const drafted = instant ?? draftedValue(draft, key);
  const refusal = refusalOf(definition, snapshot, drafted, draftedValue(draft, 'enhancedContainerIsolation'));
  const value = refusal === 'locked' || refusal === 'policyInvalid' ? setting.value : drafted;
  const problem = draftProblems(draft).find((candidate) => candidate.key === key) ?? null;
  const isChanged = !isInstant(definition) && (!sameValue(value, setting.value) || draft.unread[key] !== undefined);
  const place = placeOf(definition);

  const control = (
    <SettingControl
      definition={definition}
      value={value}
      problem={problem}
      name={key}
      labelledBy={`${key}-label`}
      describedBy={[`${key}-description`, groupReason, `${key}-reason`].filter((id) => id !== null).join(' ')}
      disabled={refusal !== null}
      invalid={problem !== null}
    />
  );
  return (
    <div className={`row row--${place}`} data-setting={key} data-changed={isChanged}>
      {place === 'before' && control}
      <div className="row__text">
        <label
          className="row__label"
          id={`${key}-label`}
          htmlFor={definition.control.kind === 'choice' ? undefined : key}
        >
          <Label label={label} group={group} />
        </label>
        <p className="row__description" id={`${key}-description`}>
          {description}
        </p>
        {place === 'below' && <div className="row__control">{control}</div>}
      </div>
      {place === 'beside' && control}
      <div className="row__reason" id={`${key}-reason`}>
        {problem !== null && problem.entries.size === 0 && definition.control.kind !== 'json' && (
          <p className="note note--problem">
            <AlertIcon />
            {problem.message}
          </p>
        )}
        {groupReason === null && (
          <Provenance
            definition={definition}
            setting={setting}
            refusal={refusal}
            value={value}
            onReset={(base) => (isInstant(definition) ? void setNow(key, base) : edit(key, base))}
          />
        )}
        {key === 'enhancedContainerIsolation' && <IsolationStatus />}
        {isChanged && refusal !== 'locked' && <PendingChange definition={definition} />}
      </div>
      <FailureNote failure={failure} />
      {setting.locked && groupReason === null && place === 'before' && (
        <span className="chip chip--managed row__badge">Managed</span>
      )}
    </div>
  );
}
