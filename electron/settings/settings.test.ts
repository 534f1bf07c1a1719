import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catalog, settingKeys } from '../../shared/settings/catalog.ts';
import { otherValue } from '../../shared/settings/testing/layers.ts';
import { loadPolicy } from './policy-file.ts';
import { recallPolicy } from './policy-memory.ts';
import { developmentPolicySearch } from './policy-search.ts';
import type { Settings } from './port.ts';
import { createSettings } from './settings.ts';
import { openUserFile } from './user-file.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

const LOCKED_ON = '{"enhancedContainerIsolation":{"value":true,"locked":true}}';
const LOCKED_DARK = '{\n  "theme": {"value":"dark","locked":true}\n}';

let base: string;
let policyFile: string;
let userFile: string;

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'door-'));
  mkdirSync(path.join(base, 'policy'), { mode: 0o755 });
  policyFile = path.join(base, 'policy/admin-settings.json');
  userFile = path.join(base, 'settings.json');
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

/** A run of the app: reads the policy and the user's file as they are now. */
function launch(): Settings {
  return createSettings(loadPolicy(developmentPolicySearch(path.dirname(policyFile))), openUserFile(base), HOST);
}

function administrator(policy: string | null): void {
  if (policy === null) rmSync(policyFile, { force: true });
  else writeFileSync(policyFile, policy, { mode: 0o644 });
}

function user(settings: object): void {
  writeFileSync(userFile, JSON.stringify(settings));
}

function onDisk(): string | null {
  try {
    return readFileSync(userFile, 'utf8');
  } catch {
    return null;
  }
}

const code = (settings: Settings, patch: unknown): string => {
  const result = settings.change(patch);
  return result.ok ? `ok ${result.value.changed.join()}` : result.error.code;
};

const HOST = { home: '/home/user', temporary: '/tmp', cpus: 8, memoryMiB: 16_384, systemProxy: null };

describe('a policy that is gone', () => {
  it('is said until the notice is dismissed, and not at later launches', () => {
    const day = new Date(Date.UTC(2026, 0, 1));
    const launchWithMemory = (): Settings => {
      const policy = loadPolicy(developmentPolicySearch(path.dirname(policyFile)));
      return createSettings(
        policy,
        openUserFile(base),
        HOST,
        recallPolicy(path.join(base, 'state'), policy.status, day),
      );
    };
    administrator(LOCKED_DARK);
    expect(launchWithMemory().notices()).toEqual([]);
    administrator(null);
    const settings = launchWithMemory();
    expect(settings.notices()).toMatchObject([{ id: 'policy-gone', path: policyFile }]);
    settings.dismissNotice('policy-gone');
    expect(settings.notices()).toEqual([]);
    expect(launchWithMemory().notices()).toEqual([]);
  });
});

describe('a locked setting', () => {
  it('cannot be changed, and the refusal names the file and the line', () => {
    administrator(LOCKED_DARK);
    const settings = launch();
    expect(settings.change({ theme: 'light' })).toEqual({
      ok: false,
      error: {
        code: 'LOCKED',
        key: 'theme',
        message: `"Choose theme" is locked by your administrator in ${policyFile}, line 2.`,
        remedy: 'Ask your administrator to change that file. It is read when Bulkhead starts.',
      },
    });
    expect(settings.effective().theme).toMatchObject({ value: 'dark', locked: true, source: 'adminLocked' });
    expect(onDisk()).toBeNull();
  });

  it('accepts the value that it has, and does nothing', () => {
    administrator(LOCKED_ON);
    const settings = launch();
    expect(code(settings, { enhancedContainerIsolation: true })).toBe('ok ');
    expect(onDisk()).toBeNull();
  });

  it('takes the rest of the patch down with it', () => {
    administrator(LOCKED_ON);
    const settings = launch();
    expect(code(settings, { theme: 'dark', enhancedContainerIsolation: false })).toBe('LOCKED');
    expect(settings.effective().theme.value).toBe('system');
    expect(onDisk()).toBeNull();
  });

  it('does not care what the user wrote into the settings file by hand', () => {
    administrator(LOCKED_ON);
    user({ enhancedContainerIsolation: false });
    const settings = launch();
    expect(settings.effective().enhancedContainerIsolation).toMatchObject({ value: true, locked: true });
    expect(settings.engineConfig()).toMatchObject({ ok: true, value: { vm: { isolation: true } } });
    expect(code(settings, { theme: 'dark' })).toBe('ok theme');
    expect(settings.effective().enhancedContainerIsolation.value).toBe(true);
  });

  it("never gets into the user's file, and goes with the policy", () => {
    user({ enhancedContainerIsolation: false, theme: 'light' });
    administrator(LOCKED_ON);
    expect(code(launch(), { theme: 'dark' })).toBe('ok theme');
    expect(JSON.parse(onDisk() ?? '')).toEqual({ schemaVersion: 1, enhancedContainerIsolation: false, theme: 'dark' });
    administrator(null);
    expect(launch().effective().enhancedContainerIsolation).toMatchObject({
      value: false,
      locked: false,
      source: 'user',
    });
  });

  it('cannot be changed by any patch', () => {
    administrator('{"enhancedContainerIsolation":{"value":true,"locked":true},"theme":{"value":"dark","locked":true}}');
    const settings = launch();
    const value = fc.oneof(fc.boolean(), fc.constantFrom('system', 'light', 'dark'), fc.anything());
    const patch = fc.oneof(
      fc.anything({ withNullPrototype: true, withMap: true, withObjectString: true }),
      fc.dictionary(fc.constantFrom(...settingKeys, '__proto__', 'constructor'), value, { noNullPrototype: false }),
    );
    fc.assert(
      fc.property(patch, (forged) => {
        settings.change(forged);
        expect(settings.effective().enhancedContainerIsolation.value).toBe(true);
        expect(settings.effective().theme.value).toBe('dark');
        expect(onDisk() ?? '').not.toMatch(/enhancedContainerIsolation|theme/u);
      }),
    );
  });
});

describe('a forged or mistaken patch', () => {
  it.each([
    [null, 'INVALID'],
    [undefined, 'INVALID'],
    ['theme', 'INVALID'],
    [7, 'INVALID'],
    [[], 'INVALID'],
    [['theme'], 'INVALID'],
    [{ theme: 'purple' }, 'INVALID'],
    [{ theme: null }, 'INVALID'],
    [{ theme: undefined }, 'INVALID'],
    [{ theme: ['dark'] }, 'INVALID'],
    [{ enhancedContainerIsolation: 'true' }, 'INVALID'],
    [{ enhancedContainerIsolation: 1 }, 'INVALID'],
    [{ enhancedContainerIsolation: { value: true } }, 'INVALID'],
    [{ thema: 'dark' }, 'UNKNOWN_KEY'],
    [{ Theme: 'dark' }, 'UNKNOWN_KEY'],
    [{ schemaVersion: 2 }, 'UNKNOWN_KEY'],
    [{ theme: 'dark', unknown: 1 }, 'UNKNOWN_KEY'],
    [JSON.parse('{"__proto__":{"theme":"dark"}}'), 'UNKNOWN_KEY'],
    [{ constructor: 1 }, 'UNKNOWN_KEY'],
    [{ toString: 1 }, 'UNKNOWN_KEY'],
    [{ [Symbol('theme')]: 'dark' }, 'UNKNOWN_KEY'],
    [{}, 'ok '],
    [Object.create({ theme: 'dark' }), 'ok '],
    [new Map([['theme', 'dark']]), 'ok '],
  ])('%o gives %s and changes nothing', (patch, expected) => {
    const settings = launch();
    const before = settings.effective();
    expect(code(settings, patch)).toBe(expected);
    expect(settings.effective()).toEqual(before);
    expect(onDisk()).toBeNull();
  });

  it('is not read twice', () => {
    let reads = 0;
    const patch = {
      get theme() {
        reads += 1;
        return reads === 1 ? 'dark' : 'purple';
      },
    };
    expect(code(launch(), patch)).toBe('INVALID');
    expect(reads).toBe(0);
  });

  it('is answered with what would be right', () => {
    const settings = launch();
    expect(settings.change({ theme: 'purple' })).toMatchObject({
      error: {
        message: '"purple" is no value for theme.',
        remedy: 'Expected "system", "light" or "dark".',
        key: 'theme',
      },
    });
    expect(settings.change({ thema: 'dark' })).toMatchObject({
      error: { message: 'There is no setting "thema"; did you mean "theme"?' },
    });
    expect(settings.change({ ['x\u001b[2J'.repeat(1000)]: 1 })).toMatchObject({
      error: { message: expect.not.stringContaining('\u001b') as unknown },
    });
  });
});

describe('changing', () => {
  it('saves what differs and tells who listens, once', () => {
    const settings = launch();
    const listener = vi.fn<() => void>();
    const stop = settings.subscribe(listener);
    expect(code(settings, { theme: 'dark', enhancedContainerIsolation: true, startEngineOnLaunch: true })).toBe(
      'ok enhancedContainerIsolation,theme',
    );
    expect(listener).toHaveBeenCalledTimes(1);
    expect(settings.engineConfig()).toMatchObject({ ok: true, value: { vm: { isolation: true } } });
    expect(launch().effective()).toEqual(settings.effective());
    expect(code(settings, { theme: 'dark' })).toBe('ok ');
    stop();
    settings.change({ theme: 'light' });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('back to what holds without the user leaves nothing of it in the file', () => {
    const settings = launch();
    settings.change({ theme: 'dark' });
    settings.change({ theme: 'system' });
    expect(JSON.parse(onDisk() ?? '')).toEqual({ schemaVersion: 1 });
    expect(settings.effective().theme.source).toBe('default');
  });

  it("overrides an administrator's default in both directions, and falls back to it", () => {
    administrator('{"enhancedContainerIsolation":{"value":true}}');
    const settings = launch();
    expect(settings.effective().enhancedContainerIsolation).toMatchObject({
      value: true,
      source: 'adminDefault',
      locked: false,
    });
    // False is the built-in default, and yet the user's own choice here.
    expect(code(settings, { enhancedContainerIsolation: false })).toBe('ok enhancedContainerIsolation');
    expect(launch().effective().enhancedContainerIsolation).toMatchObject({ value: false, source: 'user' });
    settings.change({ enhancedContainerIsolation: true });
    expect(settings.effective().enhancedContainerIsolation.source).toBe('adminDefault');
  });

  it('of which nothing could be saved changes nothing', () => {
    user({ schemaVersion: 99, theme: 'dark' });
    const settings = launch();
    const listener = vi.fn<() => void>();
    settings.subscribe(listener);
    const before = settings.effective();
    expect(code(settings, { theme: 'light', enhancedContainerIsolation: true })).toBe('SETTINGS_FILE');
    expect(settings.effective()).toEqual(before);
    expect(settings.notices()).toHaveLength(1);
  });

  it('shows what happened to the file until that is dismissed', () => {
    writeFileSync(userFile, 'x');
    const settings = launch();
    const [notice] = settings.notices();
    expect(notice?.path).toContain('settings.json.bad-');
    settings.dismissNotice(notice?.id ?? '');
    expect(settings.notices()).toEqual([]);
  });
});

describe('a policy that is not valid', () => {
  it('keeps the engine stopped, and says where the mistake is', () => {
    administrator('{\n  "enhancedContainerIsolation": {"value": "yes"},\n  "theme": 1\n}');
    const settings = launch();
    expect(settings.engineConfig()).toMatchObject({
      ok: false,
      error: {
        code: 'POLICY_INVALID',
        message: `The administrator's file ${policyFile} cannot be used (line 2, column 43): Expected true or false for enhancedContainerIsolation.value, found "yes"; 1 more.`,
      },
    });
  });

  it.each(settingKeys)('lets %s change only if it is cosmetic', (key) => {
    administrator('{');
    const settings = launch();
    const [other] = fc.sample(otherValue(key, settings.effective()[key].value), 1);
    expect(code(settings, { [key]: other })).toBe(catalog[key].cosmetic ? `ok ${key}` : 'POLICY_INVALID');
    expect(code(settings, { [key]: settings.effective()[key].value })).toBe('ok ');
  });

  it('leaves isolation alone, whatever else is in the patch', () => {
    administrator('{');
    user({ enhancedContainerIsolation: true });
    const settings = launch();
    expect(code(settings, { theme: 'dark', enhancedContainerIsolation: false })).toBe('POLICY_INVALID');
    expect(settings.effective().theme.value).toBe('system');
    expect(settings.effective().enhancedContainerIsolation.value).toBe(true);
  });

  it('is not read again while the app runs', () => {
    administrator('{');
    const settings = launch();
    administrator(LOCKED_ON);
    expect(settings.policy().kind).toBe('invalid');
    expect(settings.engineConfig().ok).toBe(false);
    expect(launch().engineConfig()).toMatchObject({ ok: true, value: { vm: { isolation: true } } });
  });
});
