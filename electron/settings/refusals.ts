import type { Failure } from '../../shared/contract/result.ts';
import type {
  EffectiveSettings,
  PolicyLocation,
  PolicyProblem,
  PolicyStatus,
  SettingKey,
} from '../../shared/contract/settings.ts';
import { catalog, settingKeys } from '../../shared/settings/catalog.ts';
import { isAllowed } from '../../shared/settings/directories.ts';
import type { HostFacts } from '../../shared/settings/host.ts';
import type { PolicyLayer, UserLayer } from '../../shared/settings/merge.ts';
import { nearestName } from '../../shared/settings/names.ts';
import { describeValue, quote } from '../../shared/settings/quote.ts';

/** What the door looks at. */
export interface DoorState {
  readonly effective: EffectiveSettings;
  readonly policy: PolicyStatus;
  readonly layer: PolicyLayer;
  readonly user: UserLayer;
  readonly host: HostFacts;
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

/** Why the user may not touch a setting at all; null where nothing is in the way. */
export function refusedKey(key: SettingKey, { effective, policy }: DoorState): Failure | null {
  const { label, cosmetic } = catalog[key];
  const { locked, policy: at } = effective[key];
  if (locked) {
    return lockedFailure(key, `"${label}" is locked by your administrator${at === null ? '' : ` in ${place(at)}`}.`);
  }
  return policy.kind === 'invalid' && !cosmetic ? { ...invalidPolicy(policy.path, policy.problems), key } : null;
}

/** Why a value of the right type is not for this computer or this policy; null where nothing is in the way. */
export function refusedValue(key: SettingKey, value: unknown, { layer, host }: DoorState): Failure | null {
  if (key === 'cpus') return tooMuch(key, value, host.cpus, `This computer has ${host.cpus} processors`);
  if (key === 'memoryMiB') {
    return tooMuch(key, value, host.memoryMiB, `This computer has ${host.memoryMiB} MiB of memory`);
  }
  return key === 'sharedDirectories' ? refusedDirectory(value, layer, host) : null;
}

/** The API without TLS would be a way around the isolation: whoever reaches it can do anything with the engine. */
export const exposureRefusal: Failure = {
  code: 'INVALID',
  message: `"${catalog.exposeDockerAPIOnTCP2375.label}" is not possible while Enhanced Container Isolation is on.`,
  remedy: 'Turn Enhanced Container Isolation off first, or use the Docker socket.',
  key: 'exposeDockerAPIOnTCP2375',
};

/** A name that is no setting's. */
export function unknownKey(name: string): Failure {
  const near = nearestName(name, settingKeys);
  return {
    code: 'UNKNOWN_KEY',
    message: `There is no setting ${quote(name)}${near === null ? '' : `; did you mean "${near}"?`}`,
    remedy: `The settings are: ${settingKeys.join(', ')}.`,
    key: name.slice(0, 64),
  };
}

/** A value that is not of the setting's type. */
export function invalidValue(key: SettingKey, value: unknown, expected: string): Failure {
  return {
    code: 'INVALID',
    message: `${describeValue(value)} is no value for ${key}.`,
    remedy: `Expected ${expected}.`,
    key,
  };
}

function refusedDirectory(value: unknown, layer: PolicyLayer, host: HostFacts): Failure | null {
  const rule = layer.sharedDirectories?.within;
  if (rule === undefined || !Array.isArray(value)) return null;
  const outside = value.map(String).find((path) => !isAllowed(path, rule.allowed, host));
  if (outside === undefined) return null;
  const which = rule.allowed.length === 0 ? 'allows none' : `allows only ${rule.allowed.join(', ')}`;
  return lockedFailure(
    'sharedDirectories',
    `${quote(outside)} is not in a directory that may be shared: your administrator ${which} in ${place(rule.at)}.`,
  );
}

function tooMuch(key: SettingKey, value: unknown, limit: number, words: string): Failure | null {
  if (typeof value !== 'number' || value <= limit) return null;
  return {
    code: 'INVALID',
    message: `${words}, so ${catalog[key].label} cannot be ${value}.`,
    remedy: `Choose at most ${limit}.`,
    key,
  };
}

const lockedFailure = (key: SettingKey, message: string): Failure => ({
  code: 'LOCKED',
  message,
  remedy: 'Ask your administrator to change that file. It is read when Bulkhead starts.',
  key,
});

const place = ({ path, line }: PolicyLocation): string => `${path}, line ${line}`;
