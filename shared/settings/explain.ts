import { err, ok, type Failure, type Result } from '../contract/result.ts';
import type {
  PolicyStatus,
  SettingExplanation,
  SettingKey,
  SettingLayer,
  SettingSource,
} from '../contract/settings.ts';
import { catalog, settings } from './catalog.ts';
import type { HostFacts } from './host.ts';
import { mergeSettings, type PolicyLayer, type UserLayer } from './merge.ts';
import { foldCase, nearestName } from './names.ts';
import { standingOf } from './policy/key-states.ts';
import { policyNames } from './policy/keys.ts';
import type { PolicyEntry } from './policy/parse.ts';
import { quote } from './quote.ts';

/** The layers of this run, as they were loaded. */
export interface Layers {
  readonly status: PolicyStatus;
  readonly layer: PolicyLayer;
  readonly entries: readonly PolicyEntry[];
  readonly user: UserLayer;
  readonly host: HostFacts;
}

/**
 * What every layer says about a setting, or a key of the policy, and why one of them counts. The name is that of the
 * setting or the dotted one of the policy, whatever its case. Fails with UNKNOWN_KEY.
 */
export function explainSetting(name: string, layers: Layers): Result<SettingExplanation> {
  const folded = foldCase(name);
  const setting = settings.find(({ key, policyPath }) => [key, policyPath.join('.')].map(foldCase).includes(folded));
  if (setting !== undefined) return ok(explainOwn(setting.key, layers));
  const known = policyNames.find((candidate) => foldCase(candidate) === folded);
  return known === undefined ? err(unknownName(name)) : ok(explainRecorded(known, layers));
}

function explainOwn(key: SettingKey, { status, layer, user, host }: Layers): SettingExplanation {
  const { source, note } = mergeSettings(layer, user, host)[key];
  const admin = layer[key];
  const chosen = user[key];
  return {
    name: catalog[key].policyPath.join('.'),
    state: 'enforced',
    layers: [
      { source: 'default', isSet: true, value: catalog[key].default, at: null },
      adminLayer('adminDefault', admin),
      chosen === undefined ? unset('user') : { source: 'user', isSet: true, value: chosen, at: null },
      adminLayer('adminLocked', admin),
    ],
    winner: source,
    reason: reasonFor(source, admin !== undefined) + (note === undefined ? '' : ` ${note}`) + remarkOn(status),
  };
}

/** A key without a setting: only the policy can say anything about it, and nothing follows from that. */
function explainRecorded(name: string, { status, entries }: Layers): SettingExplanation {
  const { state, note } = standingOf(name);
  const admin = entries.find((entry) => entry.name === name);
  return {
    name,
    state,
    layers: [unset('default'), adminLayer('adminDefault', admin), unset('user'), adminLayer('adminLocked', admin)],
    winner: null,
    reason: `${note ?? 'Bulkhead has no such feature; a policy may hold the key and nothing follows from it'}.${remarkOn(status)}`,
  };
}

const unset = (source: SettingSource): SettingLayer => ({ source, isSet: false, value: null, at: null });

function adminLayer(
  source: 'adminDefault' | 'adminLocked',
  admin: Pick<PolicyEntry, 'value' | 'locked' | 'at'> | undefined,
): SettingLayer {
  return admin === undefined || admin.locked !== (source === 'adminLocked')
    ? unset(source)
    : { source, isSet: true, value: admin.value, at: admin.at };
}

function reasonFor(winner: SettingSource, hasAdmin: boolean): string {
  switch (winner) {
    case 'adminLocked':
      return 'The administrator has locked it, so that value counts whatever the user has chosen.';
    case 'user':
      return hasAdmin
        ? "The user has chosen a value, and the administrator's is a default only (not locked)."
        : 'The user has chosen a value, and no policy says anything else.';
    case 'adminDefault':
      return "The administrator's default counts, because the user has chosen nothing.";
    case 'default':
      return 'Neither the administrator nor the user has set it.';
  }
}

/** A file that is not valid has no values, which must not look as if it had said nothing. */
const remarkOn = (status: PolicyStatus): string =>
  status.kind === 'invalid'
    ? ` The administrator's file ${status.path} is not valid, so none of its values is known and the engine does not start.`
    : '';

function unknownName(name: string): Failure {
  const fields = policyNames.filter((candidate) => foldCase(candidate).startsWith(`${foldCase(name)}.`));
  if (fields.length > 0) {
    return {
      code: 'UNKNOWN_KEY',
      message: `${quote(name)} holds several values.`,
      remedy: `Ask for one of them: ${fields.join(', ')}.`,
    };
  }
  const near = nearestName(name, [...settings.map(({ key }) => key), ...policyNames]);
  return {
    code: 'UNKNOWN_KEY',
    message: `There is no setting and no key of a policy ${quote(name)}${near === null ? '.' : `; did you mean "${near}"?`}`,
    remedy: 'See: bulkhead settings list, bulkhead policy status',
  };
}
