import { useState, type ReactNode } from 'react';
import type { PolicyKey, PolicyKeyState } from '../../shared/contract/settings.ts';
import { Choice } from '../controls/Choice.tsx';
import { filterKeys, keyValueWords, settingOf, STATE_WORDS, type KeyFilter } from '../model/policy-keys.ts';
import { useActions } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { AlertIcon, CheckIcon, DashIcon, LockIcon } from '../ui/icons.tsx';

const STATES = ['enforced', 'notApplicable', 'unknown'] as const;

function StateIcon({ state }: { readonly state: PolicyKeyState }): ReactNode {
  switch (state) {
    case 'enforced':
      return <CheckIcon />;
    case 'notApplicable':
      return <DashIcon />;
    case 'unknown':
      return <AlertIcon />;
  }
}

function KeyRow({ policyKey }: { readonly policyKey: PolicyKey }): ReactNode {
  const { reveal } = useActions();
  const { name, state, locked, at, note } = policyKey;
  const value = keyValueWords(policyKey);
  const setting = settingOf(policyKey);
  return (
    <tr data-policy-key={name}>
      <th scope="row">
        <code>{name}</code>
        {note !== null && <p className="dim">{note}</p>}
        {setting !== null && (
          <Button look="link" label={`Show ${setting.label}`} onPress={() => reveal(setting.key)}>
            {setting.label}
          </Button>
        )}
      </th>
      <td className="keys__value">{value === null ? <span className="dim">not shown</span> : <code>{value}</code>}</td>
      <td>
        <span className={`keys__state keys__state--${state}`}>
          <StateIcon state={state} />
          {STATE_WORDS[state]}
        </span>
      </td>
      <td>
        {locked === true ? (
          <span className="keys__locked">
            <LockIcon />
            Locked
          </span>
        ) : (
          <span className="dim">{locked === null ? '' : 'Default'}</span>
        )}
      </td>
      <td className="keys__line">{at.line}</td>
    </tr>
  );
}

/** Every key of the file in force: what Bulkhead does with it, its value, whether it is locked, and where it stands. */
export function PolicyKeys({ keys }: { readonly keys: readonly PolicyKey[] }): ReactNode {
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<KeyFilter>('all');
  const shown = filterKeys(keys, filter, text);
  const options = [
    { value: 'all', label: `All ${keys.length}` },
    ...STATES.map((state) => ({
      value: state,
      label: `${STATE_WORDS[state]} ${keys.filter((key) => key.state === state).length}`,
    })),
  ];
  return (
    <section className="keys" aria-labelledby="policy-keys-title">
      <h2 id="policy-keys-title">Keys of the file</h2>
      <div className="keys__filter">
        <input
          type="search"
          className="field"
          aria-label="Filter keys"
          placeholder="Filter keys"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Choice
          name="policy-key-state"
          labelledBy="policy-keys-title"
          describedBy="policy-keys-count"
          disabled={false}
          options={options}
          value={filter}
          onChange={(chosen) => setFilter(STATES.find((state) => state === chosen) ?? 'all')}
        />
      </div>
      <output className="visually-hidden" id="policy-keys-count">
        {`${shown.length} of ${keys.length} keys`}
      </output>
      {shown.length === 0 ? (
        <p className="dim">{keys.length === 0 ? 'The file sets nothing.' : 'No key matches.'}</p>
      ) : (
        <table className="keys__table">
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Value</th>
              <th scope="col">In Bulkhead</th>
              <th scope="col">Lock</th>
              <th scope="col" className="keys__line">
                Line
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((key) => (
              <KeyRow key={`${key.at.line}:${key.at.column}:${key.name}`} policyKey={key} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
