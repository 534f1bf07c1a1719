import { isDeepStrictEqual } from 'node:util';
import { err, type Failure, ok, type Result } from '../../shared/contract/result.ts';
import type {
  EffectiveSettings,
  PolicyProblem,
  PolicyStatus,
  SettingKey,
  SettingValues,
} from '../../shared/contract/settings.ts';
import { catalog, isSettingKey, settingKeys } from '../../shared/settings/catalog.ts';
import { expectation } from '../../shared/settings/expectation.ts';
import { type PolicyLayer, valueWithoutUser } from '../../shared/settings/merge.ts';
import { nearestName } from '../../shared/settings/names.ts';
import { describeValue, quote } from '../../shared/settings/quote.ts';
import type { UserChanges } from './user-document.ts';

/** What the door looks at. */
export interface DoorState {
  readonly effective: EffectiveSettings;
  readonly policy: PolicyStatus;
  readonly layer: PolicyLayer;
}

/** What is to be written; empty when the patch changes nothing. */
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
    const refusal = refusalFor(key, state);
    if (refusal !== null) return err(refusal);
  }
  const changes = changed.map((key) => [key, layerValue(key, values.value, state.layer)] as const);
  return ok({ changed, changes: Object.fromEntries(changes) });
}

/** Why a policy that is not valid keeps the engine from running, and what is wrong with it first. */
export function invalidPolicy(path: string, problems: readonly PolicyProblem[]): Failure {
  const [first] = problems;
  const place = first?.line === null || first === undefined ? '' : ` (line ${first.line}, column ${first.column})`;
  const more = problems.length > 1 ? `; ${problems.length - 1} more` : '';
  return {
    code: 'POLICY_INVALID',
    message: `The administrator's file ${path} cannot be used${place}: ${first?.reason ?? 'no reason was given'}${more}.`,
    remedy: 'Ask your administrator to correct the file. Then quit Bulkhead and start it again.',
  };
}

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

function refusalFor(key: SettingKey, { effective, policy }: DoorState): Failure | null {
  const { label, cosmetic } = catalog[key];
  const { locked, policy: place } = effective[key];
  if (locked) {
    const where = place === null ? '' : ` in ${place.path}, line ${place.line}`;
    return {
      code: 'LOCKED',
      message: `"${label}" is locked by your administrator${where}.`,
      remedy: 'Ask your administrator to change that file. It is read when Bulkhead starts.',
      key,
    };
  }
  return policy.kind === 'invalid' && !cosmetic ? { ...invalidPolicy(policy.path, policy.problems), key } : null;
}

/** The value that would be in force without the user's is not the user's: only what differs is kept. */
function layerValue(key: SettingKey, values: Values, layer: PolicyLayer): SettingValues[SettingKey] | null {
  const value = values.get(key);
  return value === undefined || isDeepStrictEqual(value, valueWithoutUser(key, layer)) ? null : value;
}

function unknownKey(name: string): Failure {
  const near = nearestName(name, settingKeys);
  return {
    code: 'UNKNOWN_KEY',
    message: `There is no setting ${quote(name)}${near === null ? '' : `; did you mean "${near}"?`}`,
    remedy: `The settings are: ${settingKeys.join(', ')}.`,
    key: name.slice(0, 64),
  };
}

function invalidValue(key: SettingKey, value: unknown, expected: string): Failure {
  return {
    code: 'INVALID',
    message: `${describeValue(value)} is no value for ${key}.`,
    remedy: `Expected ${expected}.`,
    key,
  };
}
