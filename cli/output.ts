import type { AppSnapshot, PolicyChange, UpdateStatus } from '../shared/contract/app.ts';
import type { Accelerator, EngineSnapshot, EngineState, Verification } from '../shared/contract/engine.ts';
import type { Failure } from '../shared/contract/result.ts';
import type {
  EffectiveSetting,
  EffectiveSettings,
  PolicyKey,
  PolicyProblem,
  PolicyStatus,
  PolicyWarning,
  SettingExplanation,
  SettingSource,
} from '../shared/contract/settings.ts';
import { settings as definitions, type SettingsTab, tabs } from '../shared/settings/catalog.ts';

/** What `status --json` prints. Scripts depend on these names. */
export function statusJson(snapshot: AppSnapshot) {
  const { engine, settings } = snapshot;
  const isolation = settings.enhancedContainerIsolation;
  return {
    state: engine.state.kind,
    since: engine.state.since,
    step: stepOf(engine.state),
    failure: engine.state.kind === 'failed' ? engine.state.reason.failure : null,
    accelerator: engine.accelerator,
    eci: {
      configured: engine.eci.configured,
      enforced: engine.eci.enforced,
      source: isolation.source,
      locked: isolation.locked,
      policyPath: isolation.policy?.path ?? null,
    },
    verification: engine.verification,
    warnings: engine.warnings,
    dockerSocket: engine.dockerSocket,
    bootId: engine.bootId,
    restartPending: snapshot.restartPending,
    policy: snapshot.policy.kind,
    policyChange: snapshot.policyChange,
    log: engine.logPath,
    version: snapshot.version,
  };
}

function stepOf(state: EngineState): string | null {
  switch (state.kind) {
    case 'stopped':
    case 'running':
      return null;
    case 'preparing':
    case 'starting':
    case 'stopping':
      return state.step;
    case 'failed':
      return state.reason.step;
  }
}

/** What `status` prints for people. */
export function statusText(snapshot: AppSnapshot): string {
  const { engine } = snapshot;
  const step = stepOf(engine.state);
  const rows: [string, string][] = [
    ['Engine', `${engine.state.kind}${step === null ? '' : ` (${step})`} since ${engine.state.since}`],
  ];
  if (engine.state.kind === 'failed') rows.push(['', failureText(engine.state.reason.failure)]);
  rows.push(['Isolation', isolationText(engine)]);
  const { source, locked, policy } = snapshot.settings.enhancedContainerIsolation;
  rows.push([
    '',
    `${SOURCES[source]}${policy === null ? '' : `: ${policy.path}:${policy.line}`}${locked ? ' (locked)' : ''}`,
  ]);
  for (const { message, remedy } of engine.warnings) rows.push(['Warning', `${message} ${remedy}`]);
  if (snapshot.restartPending) rows.push(['', 'Restart pending: run bulkhead apply']);
  if (engine.accelerator !== null) rows.push(['Accelerator', acceleratorText(engine.accelerator)]);
  rows.push(['Docker', `unix://${engine.dockerSocket}`]);
  if (engine.bootId !== null) rows.push(['VM boot id', engine.bootId]);
  rows.push(['Policy', policyLine(snapshot.policy)]);
  if (snapshot.policyChange !== null) rows.push(['', changeLine(snapshot.policyChange)]);
  rows.push(['Log', engine.logPath]);
  return table(rows);
}

/** The reason mostly begins with the name already. */
const acceleratorText = ({ name, reason }: Accelerator): string =>
  reason.toLowerCase().startsWith(`${name}:`) ? reason : `${name}: ${reason}`;

const SOURCES: Readonly<Record<SettingSource, string>> = {
  default: "Bulkhead's default",
  adminDefault: "Your administrator's default",
  user: 'Your setting',
  adminLocked: 'Set by your administrator',
};

function isolationText({ eci, verification }: EngineSnapshot): string {
  const asked = `${eci.configured ? 'on' : 'off'} in the settings`;
  if (eci.enforced === null) return `${asked}, not measured`;
  const measured = verification === null ? '' : ` (uid_map ${verification.uidMap}, at ${verification.measuredAt})`;
  return `${asked}, measured ${eci.enforced ? 'on' : 'off'}${measured}`;
}

function policyLine(policy: PolicyStatus): string {
  switch (policy.kind) {
    case 'none':
      return `none (looked for ${policy.searched.join(', ')})`;
    case 'inForce':
      return `${policy.path}, in force${policy.warnings.length === 0 ? '' : `, ${policy.warnings.length} warnings`}`;
    case 'invalid':
      return `${policy.path} is not valid, so the engine does not start. See: bulkhead policy status`;
  }
}

/** What `policy status` prints for people: every problem with its place, as compilers print them. */
export function policyText(policy: PolicyStatus): string {
  switch (policy.kind) {
    case 'none':
      return `There is no policy. Looked for:\n${policy.searched.map((path) => `  ${path}\n`).join('')}`;
    case 'inForce':
      return `${policy.path} is in force.\n${policy.warnings.map(warningText).join('')}${policy.keys.length === 0 ? '' : `\n${table(policy.keys.map(keyRow))}`}`;
    case 'invalid':
      return `${policy.path} is not valid, so the engine does not start.\n${policy.problems
        .map(problemText)
        .join('')}Correct the file, then quit and start Bulkhead: it reads the policy when it starts.\n`;
  }
}

/** A problem with its place, line and a caret, as compilers print them. */
export const problemText = ({ path, line, column, reason, excerpt, caret }: PolicyProblem): string => {
  const place = [path, line, column].filter((part) => part !== null).join(':');
  return `${place}: ${reason}\n${excerpt === null || caret === null ? '' : markedLine(excerpt, caret)}`;
};

export const warningText = ({ path, line, column, message, excerpt, caret }: PolicyWarning): string =>
  `${path}:${line}:${column}: warning: ${message}\n${markedLine(excerpt, caret)}`;

/** Tabs before the caret are repeated below, so that it stands right whatever their width. */
const markedLine = (excerpt: string, caret: number): string =>
  `  ${excerpt}\n  ${excerpt.slice(0, caret).replaceAll(/[^\t]/gu, ' ')}^\n`;

const KEY_STATES: Readonly<Record<PolicyKey['state'], string>> = {
  enforced: 'enforced',
  notApplicable: 'not applicable',
  unknown: 'unknown',
};
/** A value longer than this is cut; --json has the whole of it. */
const LONGEST_VALUE = 60;

const valueText = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
};

const LAYERS: Readonly<Record<SettingSource, string>> = {
  default: 'built-in',
  adminDefault: 'admin default',
  user: 'user',
  adminLocked: 'admin locked',
};

/** What `policy explain` prints for people; an arrow stands before the layer that counts. */
export function explanationText({ name, state, layers, winner, reason }: SettingExplanation): string {
  const rows = layers.map(({ source, isSet, value, at }) => [
    `${source === winner ? '->' : '  '} ${LAYERS[source]}`,
    isSet ? valueText(value) : '-',
    at === null ? '' : `${at.path}:${at.line}`,
  ]);
  return `${name} (${KEY_STATES[state]})\n${table(rows)}${reason}\n`;
}

function keyRow({ name, state, value, locked, at, note }: PolicyKey): readonly string[] {
  const lock = locked === null ? '' : locked ? 'locked' : 'default';
  return [name, KEY_STATES[state], lock, `line ${at.line}`, state === 'unknown' ? '' : valueText(value), note ?? ''];
}

const TABS: Readonly<Record<SettingsTab, string>> = {
  general: 'General',
  resources: 'Resources',
  dockerEngine: 'Docker Engine',
  softwareUpdates: 'Software updates',
  notifications: 'Notifications',
};

/** What `settings list` prints for people: the settings under the tabs that the window has them in. */
export function settingsText(effective: EffectiveSettings): string {
  const groups = tabs.map((tab) => {
    const rows = definitions
      .filter((setting) => setting.tab === tab)
      .map(({ key }) => {
        const { value, source, locked, policy, note = '' } = effective[key];
        const place = policy === null ? '' : `, ${policy.path}:${policy.line}`;
        return [`  ${key}`, valueText(value), `${SOURCES[source]}${place}${locked ? ' (locked)' : ''}`, note];
      });
    return `${tab === null ? 'Without a tab' : TABS[tab]}\n${table(rows)}`;
  });
  return groups.join('\n');
}

export const settingText = ({ key, value, source, locked, policy, note }: EffectiveSetting): string =>
  `${key} = ${JSON.stringify(value)}  (${SOURCES[source]}${policy === null ? '' : `, ${policy.path}:${policy.line}`}${locked ? ', locked' : ''})\n${note === undefined ? '' : `  ${note}\n`}`;

export const verificationText = ({ enforced, uidMap, runtime }: Verification): string =>
  table([
    ['Isolation', enforced ? 'enforced' : 'not enforced'],
    ['uid_map', uidMap],
    ['Runtime', runtime],
  ]);

const CHANGES: Readonly<Record<PolicyChange['kind'], string>> = {
  changed: 'has changed',
  appeared: 'has appeared',
  gone: 'is gone',
};

/** The policy in force stays the one that was read. */
const changeLine = ({ path, kind }: PolicyChange): string =>
  `${path} ${CHANGES[kind]} since Bulkhead read it: run bulkhead quit --relaunch`;

/** What `update` prints for people. */
export function updateText(update: UpdateStatus): string {
  switch (update.state) {
    case 'off':
    case 'failed':
      return `${update.message}\n`;
    case 'unknown':
    case 'checking':
      return 'Not known yet.\n';
    case 'upToDate':
      return 'There is no newer version.\n';
    case 'available':
      return `Bulkhead ${update.version} is available: ${update.url}\n`;
  }
}

export const failureText = ({ message, remedy }: Pick<Failure, 'message' | 'remedy'>): string => `${message} ${remedy}`;

/** Columns of equal width; the last one, and what is empty at a row's end, is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + 2);
  return rows
    .map((row) => {
      const last = row.findLastIndex((cell) => cell !== '');
      const cells = row
        .slice(0, last + 1)
        .map((cell, column) => (column === last ? cell : cell.padEnd(widths[column] ?? 0)));
      return `${cells.join('')}\n`;
    })
    .join('');
}
