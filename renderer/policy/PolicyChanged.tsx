import type { ReactNode } from 'react';
import type { PolicyChange } from '../../shared/contract/app.ts';
import { useActions, useSnapshot, useTask } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { FailureNote } from '../ui/FailureNote.tsx';
import { LockIcon } from '../ui/icons.tsx';
import './policy-changed.css';

const TITLES: Readonly<Record<PolicyChange['kind'], string>> = {
  changed: 'Your administrator’s file has changed.',
  appeared: 'There is a file of your administrator’s now.',
  gone: 'Your administrator’s file is gone.',
};

/** The file is no longer as it was read. What it says now counts after a relaunch, and a restart of the engine is none. */
export function PolicyChanged(): ReactNode {
  const { quitAndRelaunch } = useActions();
  const { policyChange, engine } = useSnapshot();
  const { pending, failure } = useTask('quitAndRelaunch');
  if (policyChange === null) return null;
  return (
    <section className="policy-changed" aria-labelledby="policy-changed-title">
      <LockIcon />
      <div className="policy-changed__text">
        <h2 id="policy-changed-title">{TITLES[policyChange.kind]}</h2>
        <p id="policy-changed-text">
          <code className="path">{policyChange.path}</code> was read when Bulkhead started, and that still counts. Quit
          and relaunch to read it again; a restart of the engine does not.
          {engine.state.kind === 'running' && ' Running containers get their stop signal.'}
        </p>
        <FailureNote failure={failure} />
      </div>
      <Button look="primary" pending={pending} describedBy="policy-changed-text" onPress={() => void quitAndRelaunch()}>
        Quit and relaunch
      </Button>
    </section>
  );
}
