import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenForControl, type Answering, type ControlServer } from '../electron/control/server.ts';
import { placesOf } from '../electron/shell/places.ts';
import { mergeSettings } from '../shared/settings/merge.ts';
import type { AppSnapshot } from '../shared/contract/app.ts';
import { err, ok } from '../shared/contract/result.ts';
import type { SettingExplanation } from '../shared/contract/settings.ts';
import { main } from './main.ts';

const AT = '2026-01-01T00:00:00.000Z';
const uid = process.getuid?.() ?? 0;
const policyPath = '/etc/bulkhead/admin-settings.json';

const place = { path: policyPath, line: 3, column: 5 };
const SETTINGS = mergeSettings(
  {
    enhancedContainerIsolation: { value: true, locked: true, at: place },
    theme: { value: 'dark', locked: true, at: place },
    startEngineOnLaunch: { value: true, locked: true, at: place },
  },
  {},
);

const SNAPSHOT: AppSnapshot = {
  version: '1.0.0',
  platform: 'linux',
  standInElectron: true,
  host: { cpus: 4, memoryMiB: 8192, home: '/home/user' },
  settings: SETTINGS,
  policyChange: null,
  policy: {
    kind: 'invalid',
    path: policyPath,
    problems: [{ path: policyPath, line: 3, column: 5, reason: 'Expected true', excerpt: '  "x": tru', caret: 4 }],
  },
  notices: [],
  engine: {
    state: { kind: 'starting', since: AT, step: 'boot' },
    steps: [],
    cancellable: true,
    accelerator: { name: 'tcg', reason: 'There is no /dev/kvm.' },
    eci: { configured: true, enforced: null },
    verification: null,
    deepCheck: null,
    warnings: [],
    dockerSocket: '/run/docker.sock',
    bootId: null,
    logPath: '/log',
  },
  restartPending: false,
  update: { state: 'unknown' },
  showIntroduction: false,
  quitting: false,
};

let home: string;
let server: ControlServer | null;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'bh-cli-'));
  server = null;
});
afterEach(() => {
  server?.close();
  rmSync(home, { recursive: true });
});

async function run(argv: readonly string[], answer?: Answering) {
  const places = placesOf({ platform: 'linux', env: { BULKHEAD_HOME: home }, home, uid, development: true });
  if (answer !== undefined) {
    const socketPath = path.join(home, 'run/control.sock');
    server = await listenForControl({ socketPath, uid, answer, onFault: () => undefined });
  }
  let stdout = '';
  let stderr = '';
  const exitCode = await main(argv, {
    places,
    uid,
    launcher: { command: 'false', args: [], cwd: home, bringsDisplay: true },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { exitCode, stdout, stderr };
}

const snapshots: Answering = () => ok(SNAPSHOT);

describe('bulkhead', () => {
  it('says that the app is not running', async () => {
    expect(await run(['status'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'bulkhead: Bulkhead is not running. Run: bulkhead start\n',
    });
    const { exitCode, stdout } = await run(['verify', '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'NOT_RUNNING' } });
  });

  it('explains its use without an app', async () => {
    expect((await run(['--help'])).stdout).toContain('Exit codes:');
    expect(await run(['fly'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(JSON.parse((await run(['fly', '--json'])).stdout)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('prints the documented fields of status', async () => {
    const { exitCode, stdout } = await run(['status', '--json'], snapshots);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'starting',
      since: AT,
      step: 'boot',
      accelerator: { name: 'tcg', reason: 'There is no /dev/kvm.' },
      eci: { configured: true, enforced: null, source: 'adminLocked', locked: true, policyPath },
      dockerSocket: '/run/docker.sock',
      bootId: null,
    });
  });

  it('prints status for people', async () => {
    const { stdout } = await run(['status'], snapshots);
    expect(stdout).toContain('starting (boot) since');
    expect(stdout).toContain('on in the settings, not measured');
    expect(stdout).toContain(`Set by your administrator: ${policyPath}:3 (locked)`);
  });

  it('says that the policy has changed since it was read, and how it is read again', async () => {
    const changed: AppSnapshot = { ...SNAPSHOT, policyChange: { path: policyPath, kind: 'changed' } };
    const { stdout } = await run(['status'], () => ok(changed));
    expect(stdout).toContain(`${policyPath} has changed since Bulkhead read it: run bulkhead quit --relaunch\n`);
  });

  it.each([
    [{ state: 'upToDate', checkedAt: AT }, 'There is no newer version.\n'],
    [
      { state: 'available', version: '2.0.0', url: 'https://example.org/2', checkedAt: AT },
      'Bulkhead 2.0.0 is available: https://example.org/2\n',
    ],
  ])('prints what is known of newer versions: %j', async (status, text) => {
    expect(await run(['update'], () => ok(status))).toEqual({ exitCode: 0, stdout: text, stderr: '' });
  });

  it('prints the mistakes of a policy as compilers do and fails', async () => {
    const { exitCode, stdout } = await run(['policy', 'status'], snapshots);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${policyPath}:3:5: Expected true\n    "x": tru\n      ^\n`);
  });

  it('lists every key of the policy in force with its state, lock, line and value', async () => {
    const at = { path: policyPath, line: 2, column: 3 };
    const policy: AppSnapshot['policy'] = {
      kind: 'inForce',
      path: policyPath,
      warnings: [],
      keys: [
        { name: 'theme', state: 'enforced', value: 'dark', locked: true, at, note: null },
        { name: 'proxy.mode', state: 'notApplicable', value: 'system', locked: false, at, note: null },
        { name: 'thema', state: 'unknown', value: null, locked: null, at, note: 'Ignored; did you mean "theme"?' },
      ],
    };
    const { exitCode, stdout } = await run(['policy', 'status'], () => ok({ ...SNAPSHOT, policy }));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/u))).toEqual([
      [`${policyPath} is in force.`],
      [''],
      ['theme', 'enforced', 'locked', 'line 2', '"dark"'],
      ['proxy.mode', 'not applicable', 'default', 'line 2', '"system"'],
      ['thema', 'unknown', 'line 2', 'Ignored; did you mean "theme"?'],
      [''],
    ]);
  });

  it('validates a file without an app, each problem with its line and a caret', async () => {
    const file = path.join(home, 'policy.json');
    const validate = (...more: string[]) => run(['policy', 'validate', file, ...more]);
    expect(await validate()).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await validate()).stderr).toContain('there is no such file (ENOENT)');
    writeFileSync(file, '{"theme": {"value": "dark", "locked": true}, "thema": 1}');
    expect(await validate()).toEqual({
      exitCode: 0,
      stdout:
        `${file}:1:46: warning: "thema" is no setting that Bulkhead knows and is ignored; did you mean "theme"?\n` +
        `  {"theme": {"value": "dark", "locked": true}, "thema": 1}\n  ${' '.repeat(45)}^\n` +
        `${file} is a valid policy, with 1 warning.\n`,
      stderr: '',
    });
    writeFileSync(file, '{\n\t"theme": {"value": 3},\n\t"x": yes\n}');
    const { exitCode, stdout } = await validate();
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `${file}:2:21: Expected "system", "light" or "dark" for theme.value, found 3\n  \t"theme": {"value": 3},\n  \t${' '.repeat(19)}^\n`,
    );
    expect(stdout).toContain(`${file}:3:7: "yes" must be`);
    expect(stdout).toContain(`${file} is not a valid policy: 2 problems, 1 warning.\n`);
    const printed = await validate('--json');
    expect(printed.exitCode).toBe(1);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      path: file,
      valid: false,
      problems: [
        { line: 2, column: 21, caret: 20 },
        { line: 3, column: 7 },
      ],
      warnings: [{ line: 3, column: 2 }],
    });
  });

  it('explains a key, with an arrow at the layer that counts', async () => {
    const at = { path: policyPath, line: 2, column: 3 };
    const explanation: SettingExplanation = {
      name: 'theme',
      state: 'enforced',
      layers: [
        { source: 'default', isSet: true, value: 'system', at: null },
        { source: 'adminDefault', isSet: false, value: null, at: null },
        { source: 'user', isSet: true, value: 'light', at: null },
        { source: 'adminLocked', isSet: true, value: 'dark', at },
      ],
      winner: 'adminLocked',
      reason: 'Because.',
    };
    const asked: unknown[] = [];
    const { exitCode, stdout } = await run(['policy', 'explain', 'theme'], (request) => {
      asked.push(request);
      return ok(explanation);
    });
    expect(asked).toEqual([{ id: 1, method: 'explain', key: 'theme' }]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: [
        'theme (enforced)',
        '   built-in       "system"',
        '   admin default  -',
        '   user           "light"',
        `-> admin locked   "dark"    ${policyPath}:2`,
        'Because.',
        '',
      ].join('\n'),
    });
  });

  it('creates a policy from the current settings that is valid', async () => {
    const none: AppSnapshot = { ...SNAPSHOT, policy: { kind: 'none', searched: [] } };
    const { exitCode, stdout } = await run(['policy', 'create', '--from-current'], () => ok(none));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ enhancedContainerIsolation: { locked: true, value: true } });
    const file = path.join(home, 'created.json');
    writeFileSync(file, stdout);
    expect(await run(['policy', 'validate', file])).toMatchObject({
      exitCode: 0,
      stdout: `${file} is a valid policy.\n`,
    });
  });

  it('creates no policy from settings that an invalid one may have meant otherwise', async () => {
    const { exitCode, stderr } = await run(['policy', 'create', '--from-current'], snapshots);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${policyPath} is not valid`);
  });

  it('imports what the door takes, and says what became of each key', async () => {
    const store = path.join(home, 'settings-store.json');
    writeFileSync(store, '\u{FEFF}{"Cpus": 3, "EnhancedContainerIsolation": false, "KubernetesEnabled": true}');
    const asked: unknown[] = [];
    const answer: Answering = (request) => {
      if (request.method !== 'changeSettings') return ok(SNAPSHOT);
      asked.push(request.patch);
      return 'cpus' in request.patch
        ? ok({ changed: ['cpus'], restartPending: true })
        : err({ code: 'LOCKED', message: 'Locked.', remedy: 'Ask.' });
    };
    const command = ['settings', 'import', '--from', 'docker-desktop', '--file', store];
    const foreseen = await run([...command, '--dry-run', '--json'], answer);
    expect(asked).toEqual([]);
    expect(JSON.parse(foreseen.stdout)).toMatchObject({
      dryRun: true,
      keys: [
        { from: 'EnhancedContainerIsolation', outcome: 'refused' },
        { from: 'Cpus', outcome: 'taken' },
        { from: 'KubernetesEnabled', outcome: 'notApplicable' },
      ],
    });
    server?.close();
    const { exitCode, stdout } = await run(command, answer);
    expect(asked).toEqual([{ enhancedContainerIsolation: false }, { cpus: 3 }]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/EnhancedContainerIsolation +enhancedContainerIsolation +refused +Locked\. Ask\./u);
    expect(stdout).toMatch(/Cpus +cpus +taken over/u);
    expect(stdout).toContain('run bulkhead apply');
  });

  it.each([
    ['no file', null, 'There are no settings of Docker Desktop here.'],
    ['no JSON', '{', 'it is not JSON'],
    ['a list', '[]', 'it holds no JSON object'],
  ])('imports nothing from %s', async (_name, content, message) => {
    const store = path.join(home, 'store.json');
    if (content !== null) writeFileSync(store, content);
    const command = ['settings', 'import', '--from', 'docker-desktop', '--file', store];
    const { exitCode, stderr } = await run(command, () => ok(SNAPSHOT));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  it('passes a refusal on, as text and as JSON', async () => {
    const refusal = { code: 'LOCKED', message: 'Locked.', remedy: 'Ask.', key: 'theme' } as const;
    const asked: unknown[] = [];
    const answer: Answering = (request) => {
      asked.push(request);
      return err(refusal);
    };
    const spoken = await run(['settings', 'set', 'theme', 'dark'], answer);
    expect(spoken).toEqual({ exitCode: 1, stdout: '', stderr: 'bulkhead: Locked. Ask.\n' });
    expect(asked).toEqual([{ id: 1, method: 'changeSettings', patch: { theme: 'dark' } }]);
    server?.close();
    const printed = await run(['settings', 'set', 'theme', 'dark', '--json'], answer);
    expect(printed.exitCode).toBe(1);
    expect(JSON.parse(printed.stdout)).toEqual({ ok: false, error: refusal });
  });

  it('fails when isolation is asked for and missing', async () => {
    const measured = { enforced: false, uidMap: '0 0 4294967295', runtime: 'runc', measuredAt: AT };
    const { exitCode, stdout } = await run(['verify', '--json'], ({ method }) =>
      ok(method === 'verify' ? measured : SNAPSHOT),
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual(measured);
  });

  it('says so when the app goes away before it answers', async () => {
    const { exitCode, stderr } = await run(['stop'], ({ method }) => {
      if (method !== 'stop') return ok(SNAPSHOT);
      setImmediate(() => server?.close());
      return new Promise(() => undefined);
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('before it answered');
  });

  it('says what a start that failed has written', async () => {
    const { exitCode, stderr } = await run(['start', '--headless']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Bulkhead did not start.');
  });
});
