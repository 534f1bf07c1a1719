import type { ReactNode } from 'react';
import type { SettingDefinition } from '../../shared/settings/catalog.ts';
import { plural } from '../model/plural.ts';
import { valueWords } from '../model/value-words.ts';
import { useActions, useSnapshot, useWindow } from '../state/context.ts';
import { Button } from '../ui/Button.tsx';

/** What a drafted value is now, and, of isolation, which containers it comes too late for. */
export function PendingChange({ definition }: { readonly definition: SettingDefinition }): ReactNode {
  const { apply, undo } = useActions();
  const { settings, engine } = useSnapshot();
  const containers = useWindow((state) => state.containers);
  const { key, control } = definition;
  const isShort = control.kind !== 'json' && control.kind !== 'list';
  const now = isShort ? `Now ${valueWords(definition, settings[key].value)}; not applied yet.` : 'Not applied yet.';
  const concerned = key === 'enhancedContainerIsolation' && engine.state.kind === 'running' ? containers : null;
  return (
    <p className="note">
      <span>{now}</span>
      <Button look="link" onPress={() => undo(key)}>
        Undo
      </Button>
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
