import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';
import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import type { EffectiveSettings, SettingKey } from '../shared/contract/settings.ts';
import { type ImportStep, stepsFromDaemonFile, stepsFromStore } from '../shared/settings/import/docker-desktop.ts';
import type { Connection } from './client.ts';
import type { Reply } from './commands.ts';
import { objectIn, readFirst, storePaths, type UserPlaces } from './docker-desktop-files.ts';
import { table } from './output.ts';
import { EXIT } from './usage.ts';

/** What became of one key of the imported files. */
interface Outcome {
  readonly from: string;
  readonly key: SettingKey | null;
  readonly outcome: 'taken' | 'unchanged' | 'refused' | 'notApplicable';
  readonly reason: string | null;
}

export interface ImportRequest {
  /** Docker Desktop's settings file; null to look for it, and for Docker Engine's own file, where they usually are. */
  readonly file: string | null;
  /** Only say what would happen. */
  readonly dryRun: boolean;
}

/**
 * Takes over what the user has set in Docker Desktop, setting by setting through the one door of the running app, so
 * that one which the policy locks does not keep the others from being taken.
 */
export async function importSettings(
  connection: Pick<Connection, 'call'>,
  { file, dryRun }: ImportRequest,
  places: UserPlaces,
): Promise<Result<Reply>> {
  const found = findSteps(file, places);
  if (!found.ok) return found;
  const snapshot = await connection.call({ method: 'snapshot' });
  if (!snapshot.ok) return snapshot;
  const { settings } = snapshot.value;
  const outcomes: Outcome[] = [];
  let restartPending = false;
  for (const step of found.value.steps) {
    if (step.kind !== 'take') {
      const outcome = step.kind === 'refuse' ? 'refused' : 'notApplicable';
      outcomes.push({ from: step.from, key: null, outcome, reason: step.reason });
    } else if (dryRun) {
      outcomes.push(foreseen(step, settings));
    } else {
      const saved = await connection.call({ method: 'changeSettings', patch: { [step.key]: step.value } });
      restartPending ||= saved.ok && saved.value.restartPending;
      outcomes.push(outcomeOf(step, saved));
    }
  }
  return ok(replyOf(found.value.files, dryRun, outcomes, restartPending));
}

function findSteps(file: string | null, places: UserPlaces) {
  const paths = file === null ? storePaths(places) : [path.resolve(file)];
  const store = readFirst(paths);
  if (!store.ok) return store;
  const daemon = file === null ? readFirst([path.join(places.home, '.docker/daemon.json')]) : ok(null);
  if (!daemon.ok) return daemon;
  if (store.value === null && daemon.value === null) return err(missing(paths));
  const object = store.value === null ? ok({}) : objectIn(store.value.path, store.value.text);
  if (!object.ok) return object;
  const steps: readonly ImportStep[] = [
    ...stepsFromStore(object.value),
    ...(daemon.value === null ? [] : stepsFromDaemonFile(daemon.value.text)),
  ];
  return ok({ steps, files: [store.value, daemon.value].flatMap((each) => (each === null ? [] : [each.path])) });
}

type Take = Extract<ImportStep, { readonly kind: 'take' }>;

/** As far as it can be told without asking for the change: locks and equal values. */
function foreseen({ from, key, value }: Take, settings: EffectiveSettings): Outcome {
  const { locked, policy, value: current } = settings[key];
  if (isDeepStrictEqual(value, current)) return { from, key, outcome: 'unchanged', reason: null };
  if (!locked) return { from, key, outcome: 'taken', reason: null };
  const where = policy === null ? '' : ` in ${policy.path}, line ${policy.line}`;
  return { from, key, outcome: 'refused', reason: `Locked by your administrator${where}.` };
}

function outcomeOf({ from, key }: Take, saved: Result<{ readonly changed: readonly SettingKey[] }>): Outcome {
  if (!saved.ok) return { from, key, outcome: 'refused', reason: `${saved.error.message} ${saved.error.remedy}` };
  return { from, key, outcome: saved.value.changed.length > 0 ? 'taken' : 'unchanged', reason: null };
}

const WORDS: Readonly<Record<Outcome['outcome'], string>> = {
  taken: 'taken over',
  unchanged: 'already so',
  refused: 'refused',
  notApplicable: 'not applicable',
};

function replyOf(files: readonly string[], dryRun: boolean, keys: readonly Outcome[], restartPending: boolean): Reply {
  const rows = keys.map(({ from, key, outcome, reason }) => [from, key ?? '', WORDS[outcome], reason ?? '']);
  const head = dryRun ? 'Nothing was changed. This would become of' : 'This became of';
  const pending = restartPending ? 'The engine runs with other settings: run bulkhead apply\n' : '';
  return {
    json: { ok: true, files, dryRun, keys, restartPending },
    text: `${head} ${files.join(' and ')}:\n${table(rows)}${pending}`,
    exitCode: keys.some(({ outcome }) => outcome === 'refused') ? EXIT.failed : EXIT.ok,
  };
}

const missing = (paths: readonly string[]): Failure => ({
  code: 'INVALID',
  message: `There are no settings of Docker Desktop here. Looked for: ${paths.join(', ')}.`,
  remedy: 'Name the file: bulkhead settings import --from docker-desktop --file PATH',
});
