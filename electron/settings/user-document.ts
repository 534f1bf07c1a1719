import type { SettingKey, SettingValues } from '../../shared/contract/settings.ts';
import { catalog, settingKeys } from '../../shared/settings/catalog.ts';
import { expectation } from '../../shared/settings/expectation.ts';
import type { UserLayer } from '../../shared/settings/merge.ts';
import { nearestName } from '../../shared/settings/names.ts';
import { decodeUtf8 } from '../../shared/settings/policy/decode.ts';
import { readJson } from '../../shared/settings/policy/json.ts';
import { positionsIn } from '../../shared/settings/policy/position.ts';
import { describeValue, quote } from '../../shared/settings/quote.ts';
import { migrate, type Migration, MIGRATIONS, type RawSettings, SCHEMA_VERSION } from './migrations.ts';

/** New values of the user; null takes the user's value away, so that the layers below show again. */
export type UserChanges = { readonly [K in SettingKey]?: SettingValues[K] | null };

export interface UserDocument {
  /** Everything in the file, also what is not understood, so that writing it again loses nothing. */
  readonly raw: RawSettings;
  readonly values: UserLayer;
  /** What in it is ignored and why, for its owner. */
  readonly mistakes: readonly string[];
}

export type ParsedDocument =
  | { readonly kind: 'good'; readonly document: UserDocument }
  /** Of a later Bulkhead: readable as far as it is understood, but not to be written. */
  | { readonly kind: 'newer'; readonly document: UserDocument; readonly version: number }
  | { readonly kind: 'bad'; readonly reason: string };

const VERSION_KEY = 'schemaVersion';
export const LARGEST_SETTINGS_BYTES = 1024 * 1024;

/** The file of someone who has changed nothing. */
export const emptyDocument: UserDocument = { raw: {}, values: {}, mistakes: [] };

/** Reads the user's file. One value that is not valid is ignored and named; the others count. */
export function parseDocument(
  bytes: Uint8Array,
  migrations: readonly Migration[] = MIGRATIONS,
  current: number = SCHEMA_VERSION,
): ParsedDocument {
  const raw = parseObject(bytes);
  if (typeof raw === 'string') {
    return { kind: 'bad', reason: raw };
  }
  const version = Object.hasOwn(raw, VERSION_KEY) ? raw[VERSION_KEY] : 1;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return { kind: 'bad', reason: `its ${VERSION_KEY} is ${describeValue(version)}` };
  }
  if (version > current) {
    return { kind: 'newer', document: documentOf(raw), version };
  }
  try {
    return { kind: 'good', document: documentOf(migrate(raw, version, migrations, current)) };
  } catch (error) {
    return { kind: 'bad', reason: `it could not be brought up to date: ${String(error)}` };
  }
}

/** The file's new content. */
export function changeRaw(raw: RawSettings, changes: UserChanges): RawSettings {
  const next = new Map<string, unknown>([[VERSION_KEY, SCHEMA_VERSION]]);
  for (const [key, value] of Object.entries({ ...raw, ...changes })) {
    const isTakenAway = value === null && Object.hasOwn(changes, key);
    if (key !== VERSION_KEY && !isTakenAway) next.set(key, value);
  }
  return Object.fromEntries(next);
}

/** The user's layer with the changes. */
export function changeValues(values: UserLayer, changes: UserChanges): UserLayer {
  return Object.fromEntries(Object.entries({ ...values, ...changes }).filter(([, value]) => value !== null));
}

function parseObject(bytes: Uint8Array): RawSettings | string {
  if (bytes.length > LARGEST_SETTINGS_BYTES) {
    return `it is larger than ${LARGEST_SETTINGS_BYTES / 1024} KiB`;
  }
  const decoded = decodeUtf8(bytes);
  if (!('text' in decoded)) {
    return 'it is not text in UTF-8';
  }
  try {
    const parsed: unknown = JSON.parse(decoded.text);
    return isObject(parsed) ? parsed : `it holds ${describeValue(parsed)} and not an object`;
  } catch (error) {
    return `it is not JSON (${placeOfMistake(decoded.text) ?? (error instanceof Error ? error.message : String(error))})`;
  }
}

/** Where the text is not JSON and why; the engine's own message names no line. */
function placeOfMistake(text: string): string | null {
  const [first] = readJson(text).mistakes;
  if (first === undefined) return null;
  const { line, column } = positionsIn(text).at(first.offset);
  return `line ${line}, column ${column}: ${first.reason}`;
}

function isObject(value: unknown): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function documentOf(raw: RawSettings): UserDocument {
  const mistakes: string[] = [];
  const values: [SettingKey, SettingValues[SettingKey]][] = [];
  for (const key of settingKeys.filter((each) => Object.hasOwn(raw, each))) {
    const parsed = catalog[key].schema.safeParse(raw[key]);
    if (parsed.success) {
      values.push([key, parsed.data]);
    } else {
      const found = describeValue(raw[key]);
      mistakes.push(`${found} is no value for ${quote(key)} and is ignored: expected ${expectation(parsed.error)}.`);
    }
  }
  for (const name of Object.keys(raw).filter((each) => each !== VERSION_KEY && !Object.hasOwn(catalog, each))) {
    const near = nearestName(name, settingKeys);
    mistakes.push(`There is no setting ${quote(name)}${near === null ? '' : `; did you mean "${near}"?`}`);
  }
  return { raw, values: Object.fromEntries(values), mistakes };
}
