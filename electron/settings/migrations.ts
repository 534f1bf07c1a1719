/** The content of the user's file as it is parsed from JSON. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** Turns a file of version `from` into one of version `from + 1`. */
export interface Migration {
  readonly from: number;
  readonly migrate: (raw: RawSettings) => RawSettings;
}

/** The version that this Bulkhead writes. A file without a version was written by hand and is of the first. */
export const SCHEMA_VERSION = 1;

/** One for each version before this one, in order. */
export const MIGRATIONS: readonly Migration[] = [];

/** Brings a file of an older version up to `target`, step by step. Throws if a step is missing. */
export function migrate(
  raw: RawSettings,
  version: number,
  migrations: readonly Migration[] = MIGRATIONS,
  target: number = SCHEMA_VERSION,
): RawSettings {
  let current = raw;
  for (let step = version; step < target; step += 1) {
    const migration = migrations.find(({ from }) => from === step);
    if (migration === undefined) {
      throw new Error(`no migration from version ${step}`);
    }
    current = migration.migrate(current);
  }
  return current;
}
