import type { ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { plural } from '../model/apply-plan.ts';
import { useActions, useSnapshot, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';
import { valueWord } from './rows.ts';

/** What a drafted value is now, and which containers it comes too late for. */
export function PendingChange({ definition }: { readonly definition: SettingDefinition }): ReactNode {
  const { apply } = useActions();
  const { settings, engine } = useSnapshot();
  const containers = useWindow((state) => state.containers);
  const now = valueWord(definition, settings[definition.key].value);
  const concerned = definition.cost === 'engineRestart' && engine.state.kind === 'running' ? containers : null;
  return (
    <p className="note">
      <span>Now {now}; not applied yet.</span>
      {concerned !== null && concerned.length > 0 && (
        <>
          <span>
            <strong>{plural(concerned.length, 'container')}</strong> {concerned.length === 1 ? 'stays' : 'stay'} as made
            until recreated.
          </span>
          <Button look="link" onPress={() => void apply()}>
            Review
          </Button>
        </>
      )}
    </p>
  );
}
