import { homedir } from 'node:os';
import type { AppSnapshot } from '../shared/contract/app.ts';
import { err, ok, type Failure, type Result } from '../shared/contract/result.ts';
import type { EffectiveSetting, SettingsChange } from '../shared/contract/settings.ts';
import { policyFromSettings } from '../shared/settings/policy/from-settings.ts';
import type { Connection } from './client.ts';
import {
  explanationText,
  policyText,
  settingsText,
  settingText,
  statusJson,
  statusText,
  updateText,
  verificationText,
} from './output.ts';
import type { Command } from './parse.ts';
import { importSettings } from './import.ts';
import { isRunning, until } from './processes.ts';
import { deepCheckPrinter, deepCheckText, saveReport } from './deep-check.ts';
import { progressPrinter } from './progress.ts';
import { EXIT, type ExitCode } from './usage.ts';

/** What a command that was carried out prints, in both forms, and its exit code. */
export interface Reply {
  readonly json: unknown;
  readonly text: string;
  readonly exitCode: ExitCode;
}

type AppCommand = Exclude<Command, { readonly kind: 'help' | 'version' | 'policyValidate' }>;
type Note = (line: string) => void;

/** Longer than every deadline of stopping the engine together. */
const QUIT_MS = 5 * 60_000;

/** Carries a command out over the connection. `note` is told what goes on meanwhile. */
export async function runCommand(command: AppCommand, connection: Connection, note: Note): Promise<Result<Reply>> {
  switch (command.kind) {
    case 'start':
    case 'stop':
    case 'restart': {
      const ended = await withProgress(connection, note, () =>
        connection.call({ method: command.kind, wait: command.wait }),
      );
      return ended.ok ? withSnapshot(connection, statusReply) : ended;
    }
    case 'status':
      return withSnapshot(connection, statusReply);
    case 'verify':
      return command.deep ? deepVerify(connection, command.file, note) : verify(connection);
    case 'apply':
      return apply(connection, command, note);
    case 'settingsList':
      return withSnapshot(connection, ({ settings }) => reply(settings, settingsText(settings)));
    case 'settingsGet':
      return getSetting(connection, command.key);
    case 'settingsImport':
      return importSettings(connection, command, {
        platform: process.platform,
        home: homedir(),
        appData: process.env['APPDATA'],
      });
    case 'settingsReset':
      return resetSettings(connection, command.keys);
    case 'settingsSet':
      return setSetting(connection, command.key, command.value);
    case 'policyStatus':
      return withSnapshot(connection, ({ policy }) =>
        reply(policy, policyText(policy), policy.kind === 'invalid' ? EXIT.failed : EXIT.ok),
      );
    case 'policyCreate':
      return createPolicy(connection);
    case 'policyExplain': {
      const explained = await connection.call({ method: 'explain', key: command.key });
      return explained.ok ? ok(reply(explained.value, explanationText(explained.value))) : explained;
    }
    case 'update': {
      const checked = await connection.call({ method: 'checkForUpdates' });
      return checked.ok ? ok(reply(checked.value, updateText(checked.value))) : checked;
    }
    case 'quit':
      return quit(connection, command, note);
  }
}

const reply = (json: unknown, text: string, exitCode: ExitCode = EXIT.ok): Reply => ({ json, text, exitCode });

const statusReply = (snapshot: AppSnapshot): Reply => reply(statusJson(snapshot), statusText(snapshot));

async function withSnapshot(connection: Connection, use: (snapshot: AppSnapshot) => Reply): Promise<Result<Reply>> {
  const snapshot = await connection.call({ method: 'snapshot' });
  return snapshot.ok ? ok(use(snapshot.value)) : snapshot;
}

/** Prints the engine's steps while `work` lasts; the last of them also when the answer overtook the news of it. */
async function withProgress<T>(connection: Connection, note: Note, work: () => Promise<T>): Promise<T> {
  const print = progressPrinter(note);
  connection.onSnapshot(({ engine }) => print(engine));
  const first = await connection.call({ method: 'watch' });
  if (first.ok) print(first.value.engine);
  const result = await work();
  const last = await connection.call({ method: 'snapshot' });
  if (last.ok) print(last.value.engine);
  return result;
}

/** A measurement is a success of its own; the exit code says whether it found what the settings ask for. */
async function verify(connection: Connection): Promise<Result<Reply>> {
  const measured = await connection.call({ method: 'verify' });
  if (!measured.ok) return measured;
  return withSnapshot(connection, ({ engine, restartPending }) => {
    const isMissing = engine.eci.configured && !measured.value.enforced;
    const remark = isMissing
      ? `The settings ask for isolation.${restartPending ? ' A restart is pending: run bulkhead apply' : ''}\n`
      : '';
    return reply(measured.value, verificationText(measured.value) + remark, isMissing ? EXIT.failed : EXIT.ok);
  });
}

/** The exit code says whether everything was withstood; with isolation off nothing was tried, which is no success. */
async function deepVerify(connection: Connection, file: string | null, note: Note): Promise<Result<Reply>> {
  note('Trying what containers must not be able to do…');
  const print = deepCheckPrinter(note);
  connection.onSnapshot(({ engine }) => print(engine.deepCheck));
  const watched = await connection.call({ method: 'watch' });
  if (!watched.ok) return watched;
  const checked = await connection.call({ method: 'deepVerify' });
  if (!checked.ok) return checked;
  const report = checked.value;
  const exitCode = report.verdict === 'withstood' ? EXIT.ok : EXIT.failed;
  if (file === null) return ok(reply(report, deepCheckText(report), exitCode));
  const saved = saveReport(report, file);
  return saved.ok ? ok(reply({ ok: true, verdict: report.verdict, savedAs: file }, '', exitCode)) : saved;
}

async function apply(
  connection: Connection,
  { wait, removeContainers }: Extract<Command, { readonly kind: 'apply' }>,
  note: Note,
): Promise<Result<Reply>> {
  const restart = () => connection.call({ method: 'apply', wait, removeContainers });
  const applied = await (wait ? withProgress(connection, note, restart) : restart());
  if (!applied.ok) return applied;
  if (!applied.value.restarting) {
    return ok(reply({ ok: true, restarting: false }, 'Nothing to apply: no engine runs with other settings.\n'));
  }
  const text = wait ? 'The engine runs with the saved settings.\n' : 'The engine is being restarted.\n';
  return ok(reply({ ok: true, restarting: true }, text));
}

async function getSetting(connection: Connection, key: string): Promise<Result<Reply>> {
  const snapshot = await connection.call({ method: 'snapshot' });
  if (!snapshot.ok) return snapshot;
  const all: readonly EffectiveSetting[] = Object.values(snapshot.value.settings);
  const setting = all.find((candidate) => candidate.key === key);
  if (setting === undefined) return err(unknownKey(key));
  return ok(reply(setting, settingText(setting)));
}

async function setSetting(connection: Connection, key: string, value: unknown): Promise<Result<Reply>> {
  const saved = await connection.call({ method: 'changeSettings', patch: { [key]: value } });
  if (!saved.ok) return saved;
  const { changed } = saved.value;
  return ok(
    savedReply(changed.length === 0 ? `${key} has that value already.` : `Saved ${changed.join(', ')}.`, saved.value),
  );
}

async function resetSettings(connection: Connection, keys: readonly string[]): Promise<Result<Reply>> {
  const reset = await connection.call({ method: 'resetSettings', keys: [...keys] });
  if (!reset.ok) return reset;
  const { changed } = reset.value;
  return ok(
    savedReply(changed.length === 0 ? 'You have set none of these.' : `Reset ${changed.join(', ')}.`, reset.value),
  );
}

function savedReply(what: string, { changed, restartPending }: SettingsChange): Reply {
  const pending = restartPending ? ' The engine runs with other settings: run bulkhead apply' : '';
  return reply({ ok: true, changed, restartPending }, `${what}${pending}\n`);
}

/** The file goes to stdout in either form, so that it can be redirected to where it belongs. */
async function createPolicy(connection: Connection): Promise<Result<Reply>> {
  const snapshot = await connection.call({ method: 'snapshot' });
  if (!snapshot.ok) return snapshot;
  const { policy, settings } = snapshot.value;
  if (policy.kind === 'invalid') return err(unknownSettings(policy.path));
  const created = policyFromSettings(settings);
  return ok(reply(created, `${JSON.stringify(created, null, 2)}\n`));
}

async function quit(
  connection: Connection,
  { force, relaunch }: Extract<Command, { readonly kind: 'quit' }>,
  note: Note,
): Promise<Result<Reply>> {
  return withProgress(connection, note, async () => {
    const quitting = await connection.call(relaunch ? { method: 'relaunch' } : { method: 'quit', force });
    if (!quitting.ok) return quitting;
    const { pid } = quitting.value;
    if (!(await until(() => !isRunning(pid), QUIT_MS))) return err(stillThere(pid));
    const text = relaunch ? 'Bulkhead has quit and starts again. See: bulkhead status\n' : 'Bulkhead has quit.\n';
    return ok(reply({ ok: true, pid }, text));
  });
}

const unknownKey = (key: string): Failure => ({
  code: 'UNKNOWN_KEY',
  message: `There is no setting "${key}".`,
  remedy: 'See: bulkhead settings list',
  key,
});

const unknownSettings = (policyPath: string): Failure => ({
  code: 'POLICY_INVALID',
  message: `The settings in force are not known, because the administrator's file ${policyPath} is not valid.`,
  remedy: 'See: bulkhead policy status',
});

const stillThere = (pid: number): Failure => ({
  code: 'BUSY',
  message: `Bulkhead (process ${pid}) is still stopping the engine after ${QUIT_MS / 60_000} minutes.`,
  remedy: 'Run: bulkhead quit --force',
});
