import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importSettings } from '../../cli/import.ts';
import type { Connection } from '../../cli/client.ts';
import { registerBridge } from '../bridge/bridge.ts';
import { carryOut } from '../control/operations.ts';
import type { Engine } from '../engine/port.ts';
import type { Result } from '../../shared/contract/result.ts';
import type { SettingKey, SettingSource } from '../../shared/contract/settings.ts';
import { catalog } from '../../shared/settings/catalog.ts';
import type { ControlRequest } from '../../shared/control/protocol.ts';
import { loadPolicy } from '../settings/policy-file.ts';
import { developmentPolicySearch } from '../settings/policy-search.ts';
import type { Settings } from '../settings/port.ts';
import { createSettings } from '../settings/settings.ts';
import { openUserFile } from '../settings/user-file.ts';
import { createApplication } from './application.ts';
import type { Application } from './port.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

/** One setting of each kind: what the policy gives, what the user chooses, and what is tried then. */
interface Subject {
  readonly key: SettingKey;
  readonly entry: (locked: boolean) => object;
  readonly admin: unknown;
  readonly user: unknown;
  /** The first that differs from the value in force is tried. */
  readonly tries: readonly unknown[];
  /** The name in Docker Desktop's settings-store.json. */
  readonly store: string;
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  boolean: {
    key: 'blockDockerLoad',
    entry: (locked) => ({ blockDockerLoad: { locked, value: false } }),
    admin: false,
    user: true,
    tries: [true, false],
    store: 'BlockDockerLoad',
  },
  enum: {
    key: 'portBindingBehavior',
    entry: (locked) => ({ portBindingBehavior: { locked, value: 'local-only-port-binding' } }),
    admin: 'local-only-port-binding',
    user: 'default-local-port-binding',
    tries: ['default-port-binding', 'local-only-port-binding'],
    store: 'PortBindingBehavior',
  },
  number: {
    key: 'cpus',
    entry: (locked) => ({ cpus: { locked, value: 3 } }),
    admin: 3,
    user: 4,
    tries: [5],
    store: 'Cpus',
  },
  list: {
    key: 'sharedDirectories',
    entry: (locked) => ({ sharedDirectories: { locked, value: ['/data'] } }),
    admin: ['/data'],
    user: ['$HOME', '/data'],
    tries: [['/']],
    store: 'FilesharingDirectories',
  },
  'list of a group': {
    key: 'dockerSocketImages',
    entry: (locked) => ({
      enhancedContainerIsolation: { locked, value: true, dockerSocketMount: { imageList: { images: ['a'] } } },
    }),
    admin: ['a'],
    user: ['b'],
    tries: [['*']],
    store: 'ECIDockerSocketImgList',
  },
  'field of a group': {
    key: 'proxyHttp',
    entry: (locked) => ({ proxy: { locked, mode: 'manual', http: 'http://admin.example:1' } }),
    admin: 'http://admin.example:1',
    user: 'http://user.example:1',
    tries: ['http://other.example:1'],
    store: 'OverrideProxyHTTP',
  },
};

const POLICIES = ['none', 'default', 'locked'] as const;
const USERS = ['untouched', 'set', 'set before the policy came'] as const;
const DOORS = ['renderer', 'forged IPC', 'CLI', 'hand-edited file', 'import', 'reset'] as const;

let base: string;
let run: Run;

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'matrix-'));
  mkdirSync(path.join(base, 'policy'));
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

interface Run {
  readonly settings: Settings;
  readonly application: Application;
  readonly invoke: (method: string, ...args: readonly unknown[]) => unknown;
}

/** A run of the app without an engine that runs, on the files as they are now. */
function launch(): Run {
  const policy = loadPolicy(developmentPolicySearch(path.join(base, 'policy')));
  const host = { home: '/home/user', temporary: '/tmp', cpus: 8, memoryMiB: 16_384, systemProxy: null };
  const settings = createSettings(policy, openUserFile(base), host);
  const engine: Partial<Engine> = {
    subscribe: () => () => undefined,
    snapshot: () => ({
      state: { kind: 'stopped', since: '2026-01-01T00:00:00.000Z' },
      steps: [],
      cancellable: false,
      accelerator: null,
      eci: { configured: false, enforced: null },
      verification: null,
      dockerSocket: '/run/docker.sock',
      bootId: null,
      logPath: '/log',
      deepCheck: null,
      warnings: [],
    }),
  };
  const application = createApplication({
    engine: engine as Engine,
    settings,
    policyWatch: { change: () => null, subscribe: () => () => undefined },
    updates: {
      status: () => ({ state: 'unknown' }),
      check: () => Promise.reject(new Error('not asked')),
      subscribe: () => () => undefined,
    },
    surroundings: { relaunch: () => undefined, openPage: () => Promise.resolve() },
    identity: {
      version: '1',
      platform: 'linux',
      standInElectron: true,
      host: { cpus: 8, memoryMiB: 16_384, home: '/home/user' },
    },
    onFault: (cause) => {
      throw cause;
    },
  });
  const contents = { id: 1 } as WebContents;
  const event = { sender: contents, senderFrame: { parent: null, origin: 'app://ui' } } as IpcMainInvokeEvent;
  const channels = new Map<string, (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown>();
  registerBridge({
    ipc: { handle: (channel, listener) => channels.set(channel, listener) },
    application,
    isOwnWindow: (candidate) => candidate === contents,
    onFault: () => undefined,
  });
  return {
    settings,
    application,
    invoke: (method, ...args) => channels.get(`bulkhead:${method}`)?.(event, ...args),
  };
}

function administrator(entry: object | null): void {
  const file = path.join(base, 'policy/admin-settings.json');
  if (entry === null) rmSync(file, { force: true });
  else writeFileSync(file, JSON.stringify(entry), { mode: 0o644 });
}

const handEdit = (content: object): void => writeFileSync(path.join(base, 'settings.json'), JSON.stringify(content));

const codeOf = (answer: unknown): string => {
  const result = answer as Result<unknown>;
  return result.ok ? 'ok' : result.error.code;
};

const control = (request: ControlRequest): unknown =>
  carryOut(request, { send: () => undefined, onGone: () => undefined }, run.application, {
    showWindow: () => false,
    quit: () => undefined,
    pid: 1,
  });

/** The ways a page that an attacker controls could say it; none of them is the way of the contract. */
function forgeries({ key }: Subject, value: unknown): readonly (readonly unknown[])[] {
  const options = { removeContainers: false };
  const getter = Object.defineProperty({}, key, { get: () => value, enumerable: true });
  return [
    [getter, options],
    [JSON.parse(`{"__proto__":${JSON.stringify({ [key]: value })}}`), options],
    [{ constructor: { prototype: { [key]: value } } }, options],
    [{ [key]: { value, locked: false } }, options],
    [{ [key]: value, locked: false }, options],
    [{ [key.toUpperCase()]: value }, options],
    [{ [key]: value, schemaVersion: 1 }, options],
    [[{ [key]: value }], options],
    [new Map([[key, value]]), options],
    [{ [key]: value }, { ...options, source: 'adminLocked' }],
    [{ [key]: value }, options, { force: true }],
    [{ [key]: value }],
  ];
}

/** Tries to get the value in through the door, and answers with the code of the refusal or "ok". */
async function attempt(door: (typeof DOORS)[number], subject: Subject, value: unknown): Promise<string> {
  const { key, store } = subject;
  switch (door) {
    case 'renderer':
      return codeOf(await run.invoke('applySettings', { [key]: value }, { removeContainers: false }));
    case 'forged IPC': {
      const codes = new Set<string>();
      for (const args of forgeries(subject, value)) codes.add(codeOf(await run.invoke('applySettings', ...args)));
      return codes.has('ok') ? 'ok' : 'refused';
    }
    case 'CLI':
      return codeOf(await control({ id: 1, method: 'changeSettings', patch: { [key]: value } }));
    case 'hand-edited file':
      handEdit({ schemaVersion: 1, [key]: value });
      run = launch();
      return 'ok';
    case 'import': {
      const file = path.join(base, 'settings-store.json');
      writeFileSync(file, JSON.stringify({ [store]: value }));
      const call = (request: object) => Promise.resolve(control({ id: 1, ...request } as ControlRequest));
      const places = { platform: 'linux', home: base, appData: undefined };
      const imported = await importSettings({ call: call as Connection['call'] }, { file, dryRun: false }, places);
      const json = imported.ok ? (imported.value.json as { keys: readonly [{ outcome: string }] }) : null;
      return json?.keys[0].outcome === 'taken' ? 'ok' : 'LOCKED';
    }
    case 'reset':
      return codeOf(await run.invoke('resetSettings', [key]));
  }
}

const cells = Object.keys(SUBJECTS).flatMap((kind) =>
  POLICIES.flatMap((policy) => USERS.flatMap((user) => DOORS.map((door) => ({ kind, policy, user, door }) as const))),
);

describe('every setting, whatever the policy says, the user has set and the door is', () => {
  it.each(cells)('$kind, policy $policy, user $user, by $door', async ({ kind, policy, user, door }) => {
    const subject = SUBJECTS[kind];
    if (subject === undefined) throw new Error(kind);
    const { key, admin } = subject;
    const isLocked = policy === 'locked';

    if (user === 'set before the policy came') handEdit({ schemaVersion: 1, [key]: subject.user });
    administrator(policy === 'none' ? null : subject.entry(isLocked));
    run = launch();
    if (user === 'set') {
      expect(codeOf(run.settings.change({ [key]: subject.user }))).toBe(isLocked ? 'LOCKED' : 'ok');
    }
    const own = user === 'set before the policy came' || (user === 'set' && !isLocked);

    const below: readonly [unknown, SettingSource] =
      policy === 'none' ? [catalog[key].default, 'default'] : [admin, 'adminDefault'];
    const [value, source]: readonly [unknown, SettingSource] = isLocked
      ? [admin, 'adminLocked']
      : own
        ? [subject.user, 'user']
        : below;
    expect(run.settings.effective()[key]).toMatchObject({ value, source, locked: isLocked });

    const tried = subject.tries.find((each) => JSON.stringify(each) !== JSON.stringify(value));
    const code = await attempt(door, subject, tried);
    const after = run.settings.effective()[key];

    const passes = !isLocked && door !== 'forged IPC';
    if (door === 'hand-edited file') expect(code).toBe('ok');
    else if (door === 'forged IPC') expect(code).toBe('refused');
    else expect(code).toBe(isLocked ? 'LOCKED' : 'ok');
    if (!passes) {
      expect(after).toMatchObject({ value, source, locked: isLocked });
    } else if (door === 'reset') {
      expect(after).toMatchObject({ value: below[0], source: below[1], locked: false });
    } else {
      const isBelow = door !== 'hand-edited file' && JSON.stringify(tried) === JSON.stringify(below[0]);
      expect(after).toMatchObject({ value: tried, source: isBelow ? below[1] : 'user', locked: false });
    }
    expect(({} as Record<string, unknown>)[key]).toBeUndefined();

    // What the administrator locked goes with the policy, and what the user chose comes back.
    administrator(null);
    const later = launch().settings.effective()[key];
    expect(later.locked).toBe(false);
    if (isLocked && door !== 'hand-edited file') {
      expect(later.value).toEqual(own ? subject.user : catalog[key].default);
    }
    if (!isLocked) expect(later.value).toEqual(after.source === 'user' ? after.value : catalog[key].default);
  });
});
