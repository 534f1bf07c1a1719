import { isDeepStrictEqual } from 'node:util';
import { err, ok, type Result } from '../../shared/contract/result.ts';
import type { SettingKey, SettingValues } from '../../shared/contract/settings.ts';
import { catalog, isSettingKey, settingKeys } from '../../shared/settings/catalog.ts';
import { expectation } from '../../shared/settings/expectation.ts';
import { mergeSettings, type PolicyLayer, valueWithoutUser } from '../../shared/settings/merge.ts';
import { describeValue } from '../../shared/settings/quote.ts';
import { type DoorState, exposureRefusal, invalidValue, refusedKey, refusedValue, unknownKey } from './refusals.ts';
import { changeValues, type UserChanges } from './user-document.ts';

/** What is to be written; empty when nothing changes. */
export interface Decision {
  readonly changed: readonly SettingKey[];
  readonly changes: UserChanges;
}

type Values = ReadonlyMap<SettingKey, SettingValues[SettingKey]>;

/**
 * Whether a patch may pass, all of it or nothing. The patch is untrusted: it may come from a forged message. It is
 * checked as a whole before any lock is, and only values that differ from those in force need permission, so that
 * repeating what already holds never fails.
 */
export function decide(patch: unknown, state: DoorState): Result<Decision> {
  const values = parsePatch(patch);
  if (!values.ok) return values;
  const changed = settingKeys.filter((key) => {
    return values.value.has(key) && !isDeepStrictEqual(values.value.get(key), state.effective[key].value);
  });
  for (const key of changed) {
    const refusal = refusedKey(key, state) ?? refusedValue(key, values.value.get(key), state);
    if (refusal !== null) return err(refusal);
  }
  const changes = changed.map((key) => [key, layerValue(key, values.value, state.layer)] as const);
  const decision = { changed, changes: Object.fromEntries(changes) };
  const concernsExposure = changed.some((key) => EXCLUSIVE.has(key));
  return concernsExposure && values.value.get('exposeDockerAPIOnTCP2375') === true && isIsolatedAfter(decision, state)
    ? err(exposureRefusal)
    : ok(withoutExposure(decision, state));
}

const EXCLUSIVE: ReadonlySet<SettingKey> = new Set(['enhancedContainerIsolation', 'exposeDockerAPIOnTCP2375']);

/**
 * Whether the user's own values of these settings may go, all or none; what the administrator gives by default, or the
 * built-in default, counts again. The keys are untrusted. A locked setting has nothing to go back to: LOCKED.
 */
export function decideReset(keys: unknown, state: DoorState): Result<Decision> {
  const parsed = parseKeys(keys);
  if (!parsed.ok) return parsed;
  for (const key of parsed.value) {
    const refusal = refusedKey(key, state);
    if (refusal !== null) return err(refusal);
  }
  const changed = settingKeys.filter((key) => parsed.value.includes(key) && Object.hasOwn(state.user, key));
  const changes: UserChanges = Object.fromEntries(changed.map((key) => [key, null]));
  return ok(withoutExposure({ changed, changes }, state));
}

/**
 * The isolation and the API without TLS exclude each other. Whoever turns the isolation on gives the exposure up with
 * the same change; the isolation is never refused for its sake.
 */
function withoutExposure(decision: Decision, state: DoorState): Decision {
  const { exposeDockerAPIOnTCP2375: exposure, enhancedContainerIsolation: isolation } = state.effective;
  const gives = !isolation.value && exposure.value && !exposure.locked && isIsolatedAfter(decision, state);
  if (!gives || decision.changed.includes('exposeDockerAPIOnTCP2375')) return decision;
  const below = valueWithoutUser('exposeDockerAPIOnTCP2375', state.layer);
  return {
    changed: settingKeys.filter((key) => key === 'exposeDockerAPIOnTCP2375' || decision.changed.includes(key)),
    changes: { ...decision.changes, exposeDockerAPIOnTCP2375: below ? false : null },
  };
}

const isIsolatedAfter = ({ changes }: Decision, { layer, user, host }: DoorState): boolean =>
  mergeSettings(layer, changeValues(user, changes), host).enhancedContainerIsolation.value;

function parsePatch(patch: unknown): Result<Values> {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    return err({
      code: 'INVALID',
      message: `A change of settings is an object of names and values, but this is ${describeValue(patch)}.`,
      remedy: 'Send, for example, {"theme": "dark"}.',
    });
  }
  const values = new Map<SettingKey, SettingValues[SettingKey]>();
  for (const name of Reflect.ownKeys(patch)) {
    if (typeof name !== 'string' || !isSettingKey(name)) return err(unknownKey(String(name)));
    // A getter could answer differently each time; only plain data passes.
    const value: unknown = Object.getOwnPropertyDescriptor(patch, name)?.value;
    const parsed = catalog[name].schema.safeParse(value);
    if (!parsed.success) return err(invalidValue(name, value, expectation(parsed.error)));
    values.set(name, parsed.data);
  }
  return ok(values);
}

function parseKeys(keys: unknown): Result<readonly SettingKey[]> {
  if (!Array.isArray(keys)) {
    return err({
      code: 'INVALID',
      message: `The settings to reset are a list of names, but this is ${describeValue(keys)}.`,
      remedy: 'Send, for example, ["theme"].',
    });
  }
  const names: SettingKey[] = [];
  for (const name of keys as readonly unknown[]) {
    if (typeof name !== 'string' || !isSettingKey(name)) {
      return err(unknownKey(typeof name === 'string' ? name : describeValue(name)));
    }
    names.push(name);
  }
  return ok(names);
}

/** The value that would be in force without the user's is not the user's: only what differs is kept. */
function layerValue(key: SettingKey, values: Values, layer: PolicyLayer): SettingValues[SettingKey] | null {
  const value = values.get(key);
  return value === undefined || isDeepStrictEqual(value, valueWithoutUser(key, layer)) ? null : value;
}
