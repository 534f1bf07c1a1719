import { z } from 'zod';
import type { PolicyKey, PolicyLocation, PolicyProblem, PolicyWarning } from '../../contract/settings.ts';
import { directoryPath, settings } from '../catalog.ts';
import type { PolicyLayer } from '../merge.ts';
import { sorted } from '../sorted.ts';
import { type CheckedPolicy, checkPolicy, type FoundValue } from './check.ts';
import { decodeUtf8 } from './decode.ts';
import { findDuplicates } from './duplicates.ts';
import type { Remark } from './findings.ts';
import { readJson } from './json.ts';
import { FILE_KEYS, policyKeys, policyNames } from './keys.ts';
import { listKeys, standingOf } from './key-states.ts';
import { positionsIn } from './position.ts';

/** A value that the policy sets, under its dotted name in the catalog's spelling. */
export interface PolicyEntry {
  readonly name: string;
  readonly value: unknown;
  readonly locked: boolean;
  readonly at: PolicyLocation;
}

export type ParsedPolicy =
  | {
      readonly kind: 'valid';
      /** What the policy says about the settings of the catalog. */
      readonly layer: PolicyLayer;
      /** Everything that it sets, also what Bulkhead does not obey. */
      readonly entries: readonly PolicyEntry[];
      /** The same with what Bulkhead does with each, and the keys that it does not know. */
      readonly keys: readonly PolicyKey[];
      readonly warnings: readonly PolicyWarning[];
    }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly PolicyProblem[];
      readonly warnings: readonly PolicyWarning[];
    };

/** A policy with every key there is has about 5 KiB. */
export const LARGEST_POLICY_BYTES = 1024 * 1024;
/** The version in every published example of the format. */
const USUAL_VERSION = 2;
const MOST_REMARKS = 100;

/**
 * Reads an admin-settings.json. Strict, because what is not understood cannot be enforced: any mistake makes the
 * policy invalid as a whole, and every mistake is reported. Only keys that do not exist are warnings, so that a file
 * made for a newer version loads. Never throws.
 */
export function parsePolicy(path: string, bytes: Uint8Array): ParsedPolicy {
  if (bytes.length > LARGEST_POLICY_BYTES) {
    return refuse(path, `The file is larger than ${LARGEST_POLICY_BYTES / 1024} KiB, so it is no policy`);
  }
  const decoded = decodeUtf8(bytes);
  if (!('text' in decoded)) {
    return { kind: 'invalid', problems: [{ path, excerpt: null, caret: null, ...decoded }], warnings: [] };
  }
  const positions = positionsIn(decoded.text);
  const at = (offset: number): PolicyLocation => ({ path, ...positions.at(offset) });

  const warningsOf = (remarks: readonly Remark[]): readonly PolicyWarning[] =>
    firstRemarks(remarks).map(({ offset, message }) => ({ ...at(offset), message, ...positions.excerpt(offset) }));

  const { root, mistakes } = readJson(decoded.text);
  const checked = checkPolicy(root, policyKeys);
  const errors: readonly Remark[] = [
    ...mistakes.map(({ offset, reason }) => ({ offset, message: reason })),
    ...checked.errors,
    ...findDuplicates(root, (offset) => positions.at(offset).line),
  ];
  if (errors.length > 0) {
    const problems = firstRemarks(errors).map(({ offset, message }) => {
      return { ...at(offset), reason: message, ...positions.excerpt(offset) };
    });
    return { kind: 'invalid', problems, warnings: warningsOf(checked.warnings) };
  }
  const remarks = [
    ...checked.warnings,
    ...versionRemark(checked.values),
    ...notObeyedRemark(checked.values),
    ...conflictRemark(checked.values),
    ...openNetworkRemark(checked.values),
  ];
  const settingsOfFile = checked.values.filter(({ name }) => !Object.hasOwn(FILE_KEYS, name));
  return {
    kind: 'valid',
    layer: layerOf(checked, at),
    keys: listKeys(settingsOfFile, checked.unknown, at),
    entries: settingsOfFile.map(({ name, value, locked, offset }) => ({ name, value, locked, at: at(offset) })),
    warnings: warningsOf(remarks),
  };
}

/** A policy that is refused for what its file is rather than for what stands in it. */
export function refuse(path: string, reason: string): Extract<ParsedPolicy, { kind: 'invalid' }> {
  return {
    kind: 'invalid',
    problems: [{ path, line: null, column: null, reason, excerpt: null, caret: null }],
    warnings: [],
  };
}

function layerOf({ values, covered }: CheckedPolicy, at: (offset: number) => PolicyLocation): PolicyLayer {
  const found = new Map(values.map((value) => [value.name, value]));
  const underLock = new Map(covered.map((each) => [each.name, each]));
  const layer: PolicyLayer = Object.fromEntries(
    settings.flatMap(({ key, policyPath, schema, default: builtIn }) => {
      const name = policyPath.join('.');
      const value = found.get(name);
      const lock = underLock.get(name);
      if (value !== undefined) {
        return [[key, { value: schema.parse(value.value), locked: value.locked, at: at(value.offset) }] as const];
      }
      return lock === undefined ? [] : [[key, { value: builtIn, locked: true, at: at(lock.offset) }] as const];
    }),
  );
  const rule = found.get(ALLOWED_DIRECTORIES);
  return rule === undefined ? layer : withRule(layer, rule, at(rule.offset));
}

const ALLOWED_DIRECTORIES = 'filesharingAllowedDirectories';
const allowedDirectories = z.array(z.object({ path: directoryPath, sharedByDefault: z.boolean().default(false) }));

/** The directories that users may share, and those of them that are shared where nobody has chosen any. */
function withRule(layer: PolicyLayer, { value }: FoundValue, at: PolicyLocation): PolicyLayer {
  const directories = allowedDirectories.parse(value);
  const shared = directories.filter(({ sharedByDefault }) => sharedByDefault).map(({ path }) => path);
  const within = { allowed: directories.map(({ path }) => path), at };
  return { ...layer, sharedDirectories: { value: shared, locked: false, at, ...layer.sharedDirectories, within } };
}

function versionRemark(values: readonly FoundValue[]): readonly Remark[] {
  const version = values.find(({ name }) => name === 'configurationFileVersion');
  if (version === undefined || version.value === USUAL_VERSION) {
    return [];
  }
  const message = `configurationFileVersion is ${String(version.value)}; Bulkhead read the file as version ${USUAL_VERSION}`;
  return [{ offset: version.offset, message }];
}

/** One remark for all keys that exist but decide nothing here, so that Docker's own file is not drowned in warnings. */
function notObeyedRemark(values: readonly FoundValue[]): readonly Remark[] {
  const others = values.filter(({ name }) => {
    return !Object.hasOwn(FILE_KEYS, name) && standingOf(name).state === 'notApplicable';
  });
  const [first] = others;
  if (first === undefined) {
    return [];
  }
  const names = [...new Set(others.map(({ key, name }) => (isPartlyObeyed(key) ? name : key)))].join(', ');
  return [{ offset: first.offset, message: `Recorded without effect, because Bulkhead has no such feature: ${names}` }];
}

/** A group of which some fields are obeyed is not to be passed off as one without effect. */
const isPartlyObeyed = (key: string): boolean =>
  policyNames.some((name) => name.startsWith(`${key}.`) && standingOf(name).state === 'enforced');

/** Who sets it means to close the network to containers, and has to know that it stays open. */
function openNetworkRemark(values: readonly FoundValue[]): readonly Remark[] {
  const ports = values.find(({ name }) => name === 'containersProxy.transparentPorts');
  if (ports === undefined || ports.value === '') return [];
  const message =
    'containersProxy.transparentPorts is not obeyed: containers that ignore the proxy of their environment reach the network directly';
  return [{ offset: ports.offset, message }];
}

/** Both at once are no mistake, but the one takes the other away. */
function conflictRemark(values: readonly FoundValue[]): readonly Remark[] {
  const isOn = (name: string) => values.find((found) => found.name === name && found.value === true);
  const exposure = isOn('exposeDockerAPIOnTCP2375');
  if (exposure === undefined || isOn('enhancedContainerIsolation') === undefined) return [];
  const message =
    'exposeDockerAPIOnTCP2375 has no effect while enhancedContainerIsolation is on: the API is not exposed';
  return [{ offset: exposure.offset, message }];
}

/** In the order of the file, and no more than a person would read. */
function firstRemarks(remarks: readonly Remark[]): readonly Remark[] {
  const inOrder = sorted(remarks, (a, b) => a.offset - b.offset);
  const rest = inOrder.slice(MOST_REMARKS);
  const [firstOfRest] = rest;
  return firstOfRest === undefined
    ? inOrder
    : [...inOrder.slice(0, MOST_REMARKS), { offset: firstOfRest.offset, message: `${rest.length} more from here on` }];
}
