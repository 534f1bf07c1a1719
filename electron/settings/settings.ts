import { err, ok, type Result } from '../../shared/contract/result.ts';
import type { SettingsPatch } from '../../shared/contract/settings.ts';
import { explainSetting } from '../../shared/settings/explain.ts';
import { settingKeys } from '../../shared/settings/catalog.ts';
import { mergeSettings, type PolicyLayer, valueWithoutUser } from '../../shared/settings/merge.ts';
import { type Decision, decide, decideReset } from './decide.ts';
import { engineConfigOf, type Host } from './engine-config.ts';
import { type DoorState, invalidPolicy } from './refusals.ts';
import type { LoadedPolicy } from './policy-file.ts';
import { POLICY_GONE, type PolicyMemory } from './policy-memory.ts';
import type { Settings } from './port.ts';
import type { UserChanges } from './user-document.ts';
import type { UserFile } from './user-file.ts';

const NO_MEMORY: PolicyMemory = { notices: () => [], forget: () => undefined };

/** The settings of this run. The policy stays as it was loaded; only the user's file changes, through `change` and `reset`. */
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

  const doorState = (): DoorState => ({ effective, policy: status, layer, user: file.values(), host });

  const carryOut = (decision: Result<Decision>): ReturnType<Settings['change']> => {
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
    change: (patch) => carryOut(decide(patch, doorState())),
    reset: (keys) => carryOut(decideReset(keys, doorState())),
    takeOverEdits: () => {
      const hasChanged = file.takeOverEdits((changes) => {
        const decision = decide(patchOf(changes, layer), doorState());
        return decision.ok ? null : decision.error;
      });
      if (!hasChanged) return;
      effective = mergeSettings(layer, file.values(), host);
      notify();
    },
    explain: (name) => explainSetting(name, { status, layer, entries, user: file.values(), host }),
    engineConfig: () =>
      status.kind === 'invalid'
        ? err(invalidPolicy(status.path, status.problems))
        : ok(engineConfigOf(mergeSettings(layer, file.values(), host), host)),
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
