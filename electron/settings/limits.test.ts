import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Host } from './engine-config.ts';
import { loadPolicy } from './policy-file.ts';
import { developmentPolicySearch } from './policy-search.ts';
import type { Settings } from './port.ts';
import { realPath } from './real-path.ts';
import { createSettings } from './settings.ts';
import { openUserFile } from './user-file.ts';

// The package "electron" wants to download Electron when it is loaded outside of it, unless told where that is.
vi.hoisted(() => {
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = '/nowhere';
});

let base: string;
let host: Host;
let policyFile: string;

beforeEach(() => {
  base = mkdtempSync(path.join(realpathSync(tmpdir()), 'limits-'));
  for (const name of ['policy', 'home', 'home/work', 'tmp', 'elsewhere']) mkdirSync(path.join(base, name));
  policyFile = path.join(base, 'policy/admin-settings.json');
  host = {
    home: path.join(base, 'home'),
    temporary: path.join(base, 'tmp'),
    cpus: 4,
    memoryMiB: 8192,
    systemProxy: null,
    realPath,
  };
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function launch(policy: object, user: object = {}): Settings {
  writeFileSync(policyFile, JSON.stringify(policy), { mode: 0o644 });
  writeFileSync(path.join(base, 'settings.json'), JSON.stringify(user));
  return createSettings(loadPolicy(developmentPolicySearch(path.dirname(policyFile))), openUserFile(base), host);
}

const answer = (result: ReturnType<Settings['change']>): string =>
  result.ok ? `ok ${result.value.changed.join()}` : `${result.error.code} ${result.error.message}`;

describe('the directories that may be shared', () => {
  const ALLOWED = {
    filesharingAllowedDirectories: [{ path: '$HOME', sharedByDefault: true }, { path: '$TMP' }],
  };
  const shared = (settings: Settings): readonly string[] => {
    const config = settings.engineConfig();
    return config.ok ? config.value.vm.sharedDirectories.map((directory) => directory.path) : [];
  };

  it('are the ones shared by default until the user chooses', () => {
    expect(launch(ALLOWED).effective().sharedDirectories).toMatchObject({
      value: ['$HOME'],
      source: 'adminDefault',
      locked: false,
      policy: { path: policyFile, line: 1 },
    });
    expect(launch({ filesharingAllowedDirectories: [] }).effective().sharedDirectories.value).toEqual([]);
  });

  it.each([
    ['$HOME/work', 'ok sharedDirectories'],
    ['$TEMP/x', 'ok sharedDirectories'],
    ['HOME/work', 'ok sharedDirectories'],
    ['/', 'LOCKED'],
    ['/etc', 'LOCKED'],
    ['HOME-2', 'LOCKED'],
    ['BASE', 'LOCKED'],
    ['$HOME/../elsewhere', 'INVALID'],
    ['HOME/../elsewhere', 'INVALID'],
    ['home', 'INVALID'],
    ['', 'INVALID'],
  ])('let the user share %s: %s', (given, expected) => {
    const settings = launch(ALLOWED);
    const directory = given.replace(/^HOME/u, host.home).replace(/^BASE/u, base);
    expect(answer(settings.change({ sharedDirectories: [directory] }))).toContain(expected);
    expect(shared(settings).includes(directory)).toBe(expected.startsWith('ok') && !given.startsWith('$'));
  });

  it('are named in the refusal, with the place of the rule', () => {
    expect(answer(launch(ALLOWED).change({ sharedDirectories: ['$HOME', '/etc'] }))).toBe(
      `LOCKED "/etc" is not in a directory that may be shared: your administrator allows only $HOME, $TMP in ${policyFile}, line 1.`,
    );
  });

  it('hold for what the user chose before, or wrote by hand, which comes back without the policy', () => {
    const user = { sharedDirectories: ['/etc', '$HOME/work'] };
    const settings = launch(ALLOWED, user);
    expect(settings.effective().sharedDirectories).toMatchObject({ value: ['$HOME/work'], source: 'user' });
    expect(settings.effective().sharedDirectories.note).toContain('Not shared for that reason: /etc.');
    expect(shared(settings)).toEqual([path.join(host.home, 'work')]);
    expect(shared(launch({}, user))).toEqual(['/etc', path.join(host.home, 'work')]);
  });

  it('cannot be left by a link', () => {
    symlinkSync(path.join(base, 'elsewhere'), path.join(host.home, 'link'));
    const settings = launch(ALLOWED, { sharedDirectories: ['$HOME/link', '$HOME/work'] });
    expect(shared(settings)).toEqual([path.join(host.home, 'work')]);
    expect(answer(settings.change({ sharedDirectories: ['$HOME/link'] }))).toMatch(/^LOCKED /u);
    symlinkSync(path.join(base, 'tmp'), path.join(host.home, 'scratch'));
    expect(answer(settings.change({ sharedDirectories: ['$HOME/scratch'] }))).toBe('ok sharedDirectories');
  });

  it('hold against a link that comes later', () => {
    const settings = launch(ALLOWED, { sharedDirectories: ['$HOME/later'] });
    expect(shared(settings)).toEqual([path.join(host.home, 'later')]);
    symlinkSync('/etc', path.join(host.home, 'later'));
    expect(shared(settings)).toEqual([]);
  });

  it('narrow even what a lock of the same policy shares', () => {
    const settings = launch({ ...ALLOWED, sharedDirectories: { locked: true, value: ['/etc', '$TMP'] } });
    expect(settings.effective().sharedDirectories).toMatchObject({ value: ['$TMP'], locked: true });
    expect(answer(settings.change({ sharedDirectories: ['$HOME'] }))).toMatch(/^LOCKED /u);
  });
});

describe('the resources of the computer', () => {
  it.each([
    ['cpus', 5, 'INVALID This computer has 4 processors, so CPU limit cannot be 5.'],
    ['cpus', 4, 'ok cpus'],
    ['memoryMiB', 8193, 'INVALID This computer has 8192 MiB of memory, so Memory limit cannot be 8193.'],
    ['memoryMiB', 8192, 'ok memoryMiB'],
  ])('bound the user: %s = %i', (key, value, expected) => {
    expect(answer(launch({}).change({ [key]: value }))).toBe(expected);
  });

  it('bound the policy and a file edited by hand, and that is said', () => {
    const settings = launch({ cpus: { locked: true, value: 64 } }, { memoryMiB: 1_000_000 });
    expect(settings.engineConfig()).toMatchObject({ ok: true, value: { cpus: 4, memoryMiB: 8192 } });
    expect(settings.effective().cpus).toMatchObject({ value: 64, note: 'This computer has 4; the VM gets no more.' });
    expect(settings.explain('cpus')).toMatchObject({
      value: { reason: expect.stringContaining('This computer has 4; the VM gets no more.') as unknown },
    });
    expect(settings.effective().memoryMiB.note).toContain('8192 MiB');
  });
});

describe('the API without TLS', () => {
  const exposed = (settings: Settings): unknown => {
    const config = settings.engineConfig();
    return config.ok && config.value.exposeDockerApi;
  };

  it('is refused while isolation is on, also in the patch that turns it on', () => {
    const isolated = launch({}, { enhancedContainerIsolation: true });
    expect(answer(isolated.change({ exposeDockerAPIOnTCP2375: true }))).toMatch(/^INVALID .*not possible while/u);
    const both = { exposeDockerAPIOnTCP2375: true, enhancedContainerIsolation: true };
    expect(answer(launch({}).change(both))).toMatch(/^INVALID /u);
    expect(answer(launch({}, { exposeDockerAPIOnTCP2375: true }).change(both))).toMatch(/^INVALID /u);
    expect(answer(isolated.change({ ...both, enhancedContainerIsolation: false }))).toMatch(/^ok /u);
    expect(exposed(isolated)).toBe(true);
  });

  it('is given up by whoever turns isolation on', () => {
    const settings = launch({}, { exposeDockerAPIOnTCP2375: true });
    expect(answer(settings.change({ enhancedContainerIsolation: true }))).toBe(
      'ok enhancedContainerIsolation,exposeDockerAPIOnTCP2375',
    );
    expect(settings.effective().exposeDockerAPIOnTCP2375).toMatchObject({ value: false, source: 'default' });
    const given = launch({ exposeDockerAPIOnTCP2375: { value: true } });
    expect(answer(given.change({ enhancedContainerIsolation: true }))).toMatch(/^ok /u);
    expect(given.effective().exposeDockerAPIOnTCP2375).toMatchObject({ value: false, source: 'user' });
  });

  it('is not opened by a policy or a file that has both on, and that is said', () => {
    const both = {
      exposeDockerAPIOnTCP2375: { locked: true, value: true },
      enhancedContainerIsolation: { locked: true, value: true },
    };
    for (const settings of [
      launch(both),
      launch({}, { exposeDockerAPIOnTCP2375: true, enhancedContainerIsolation: true }),
    ]) {
      expect(exposed(settings)).toBe(false);
      expect(settings.effective().exposeDockerAPIOnTCP2375.note).toContain('Without effect');
    }
    const { exposeDockerAPIOnTCP2375 } = both;
    const open = launch({ exposeDockerAPIOnTCP2375 });
    expect(answer(open.change({ enhancedContainerIsolation: true }))).toBe('ok enhancedContainerIsolation');
    expect(exposed(open)).toBe(false);
  });
});

describe('resetting', () => {
  it("goes to the administrator's default, else to the built-in one", () => {
    const settings = launch({ theme: { value: 'light' } }, { theme: 'dark', cpus: 3 });
    expect(answer(settings.reset(['theme', 'cpus', 'blockDockerLoad']))).toBe('ok theme,cpus');
    expect(settings.effective().theme).toMatchObject({ value: 'light', source: 'adminDefault' });
    expect(settings.effective().cpus).toMatchObject({ value: 2, source: 'default' });
    expect(answer(settings.reset(['theme']))).toBe('ok ');
  });

  it('does not exist for a locked setting, and takes the whole request down', () => {
    const settings = launch({ theme: { value: 'light', locked: true } }, { theme: 'dark', cpus: 3 });
    expect(answer(settings.reset(['cpus', 'theme']))).toMatch(/^LOCKED "Choose theme" is locked/u);
    expect(settings.effective().cpus.value).toBe(3);
  });

  it.each([
    ['theme', 'INVALID'],
    [null, 'INVALID'],
    [{ 0: 'theme', length: 1 }, 'INVALID'],
    [['thema'], 'UNKNOWN_KEY'],
    [['__proto__'], 'UNKNOWN_KEY'],
    [[['theme']], 'UNKNOWN_KEY'],
    [[null], 'UNKNOWN_KEY'],
  ])('refuses %j with %s', (keys, code) => {
    const settings = launch({}, { theme: 'dark' });
    expect(answer(settings.reset(keys))).toContain(code);
    expect(settings.effective().theme.value).toBe('dark');
  });

  it('changes nothing that an unreadable policy could lock', () => {
    writeFileSync(policyFile, '{');
    writeFileSync(path.join(base, 'settings.json'), '{"enhancedContainerIsolation":true,"theme":"dark"}');
    const settings = createSettings(
      loadPolicy(developmentPolicySearch(path.dirname(policyFile))),
      openUserFile(base),
      host,
    );
    expect(answer(settings.reset(['enhancedContainerIsolation']))).toMatch(/^POLICY_INVALID /u);
    expect(answer(settings.reset(['theme']))).toBe('ok theme');
  });

  it('to an administrator who isolates gives the exposure up as well', () => {
    const user = { enhancedContainerIsolation: false, exposeDockerAPIOnTCP2375: true };
    const settings = launch({ enhancedContainerIsolation: { value: true } }, user);
    expect(answer(settings.reset(['enhancedContainerIsolation']))).toBe(
      'ok enhancedContainerIsolation,exposeDockerAPIOnTCP2375',
    );
  });
});
