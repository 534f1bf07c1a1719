import { err, ok } from '../../shared/contract/result.ts';
import type { SettingsPatch } from '../../shared/contract/settings.ts';
import { explainSetting } from '../../shared/settings/explain.ts';
import { settingKeys } from '../../shared/settings/catalog.ts';
import { mergeSettings, type PolicyLayer, valueWithoutUser } from '../../shared/settings/merge.ts';
import { decide, invalidPolicy } from './decide.ts';
import { engineConfigOf, type Host } from './engine-config.ts';
import type { LoadedPolicy } from './policy-file.ts';
import { POLICY_GONE, type PolicyMemory } from './policy-memory.ts';
import type { Settings } from './port.ts';
import type { UserChanges } from './user-document.ts';
import type { UserFile } from './user-file.ts';

const NO_MEMORY: PolicyMemory = { notices: () => [], forget: () => undefined };

/** The settings of this run. The policy stays as it was loaded; only the user's file changes, through `change`. */
export function createSettings(
  { status, layer, entries }: LoadedPolicy,
  file: UserFile,
  host: Host,
  memory: PolicyMemory = NO_MEMORY,
): Settings {
  const listeners = new Set<() => void>();
  const dismissed = new Set<string>();
  let effective = mergeSettings(layer, file.values(), host);

  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    effective: () => effective,
    policy: () => status,
    notices: () => [...memory.notices(), ...file.notices()].filter(({ id }) => !dismissed.has(id)),
    dismissNotice: (id) => {
      dismissed.add(id);
      if (id === POLICY_GONE) memory.forget();
      notify();
    },
    change: (patch) => {
      const decision = decide(patch, { effective, policy: status, layer });
      if (!decision.ok) return decision;
      const { changed, changes } = decision.value;
      if (changed.length > 0) {
        const saved = file.save(changes);
        effective = mergeSettings(layer, file.values(), host);
        // Also after a failure, which may have left a notice.
        notify();
        if (!saved.ok) return saved;
      }
      return ok({ changed });
    },
    takeOverEdits: () => {
      const hasChanged = file.takeOverEdits((changes) => {
        const decision = decide(patchOf(changes, layer), { effective, policy: status, layer });
        return decision.ok ? null : decision.error;
      });
      if (!hasChanged) return;
      effective = mergeSettings(layer, file.values());
      notify();
    },
    explain: (name) => explainSetting(name, { status, layer, entries, user: file.values() }),
    engineConfig: () =>
      status.kind === 'invalid'
        ? err(invalidPolicy(status.path, status.problems))
        : ok(engineConfigOf(effective, host)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** The same as an edit of the file, where a setting that is not named has the value that it has without the user. */
const patchOf = (changes: UserChanges, layer: PolicyLayer): SettingsPatch =>
  Object.fromEntries(
    settingKeys
      .filter((key) => Object.hasOwn(changes, key))
      .map((key) => [key, changes[key] ?? valueWithoutUser(key, layer)]),
  );
