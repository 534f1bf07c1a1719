import { describe, expect, test } from 'vitest';
import type { SettingsPatch } from '../../shared/contract/settings.ts';
import { lockedIsolation, settingsWith } from '../testing/snapshots.ts';
import { draftProblems, type Draft } from './draft-problems.ts';

const HUGE = { cpus: 512, memoryMiB: 4_194_304 };

const problems = (draft: SettingsPatch, parts: Partial<Draft> = {}) =>
  draftProblems({ settings: settingsWith(), host: HUGE, draft, unread: {}, ...parts }).map(
    ({ key, message }) => `${key}: ${message}`,
  );

describe('draftProblems', () => {
  test('has nothing against what holds', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ cpus: 2, proxyHttp: 'http://proxy.example:3128', sharedDirectories: ['/srv'] })).toEqual([]);
  });

  test('says the limits in the words of the field', () => {
    expect(problems({ memoryMiB: 512 })).toEqual(['memoryMiB: Expected from 1 GB to 1 TB.']);
    expect(problems({}, { unread: { cpus: 'many' } })).toEqual(['cpus: Expected from 1 to 64.']);
  });

  test('allows no more than this computer has', () => {
    const host = { cpus: 4, memoryMiB: 8192 };
    expect(problems({ cpus: 4, memoryMiB: 8192 }, { host })).toEqual([]);
    expect(problems({ cpus: 5 }, { host })).toEqual(['cpus: Expected from 1 to 4. This computer has 4 processors.']);
  });

  test('names the entries of a list that are wrong', () => {
    const draft = { sharedDirectories: ['/srv', 'here', '/srv', ''] };
    const [problem] = draftProblems({ settings: settingsWith(), host: HUGE, draft, unread: {} });
    expect([...(problem?.entries.keys() ?? [])]).toEqual([1, 2, 3]);
    expect(problem?.entries.get(1)).toMatch(/an absolute path/u);
  });

  test('gives the place of a mistake in JSON', () => {
    expect(problems({ dockerDaemonOptions: '{\n  "debug" true\n}' })[0]).toMatch(/Line 2, column 11: Expected ":"/u);
    expect(problems({ dockerDaemonOptions: '[]' })[0]).toMatch(/Expected a JSON object/u);
  });

  test('does not let the engine be exposed under isolation', () => {
    expect(problems({ exposeDockerAPIOnTCP2375: true })).toEqual([]);
    expect(problems({ exposeDockerAPIOnTCP2375: true, enhancedContainerIsolation: true })).toHaveLength(1);
    const settings = settingsWith({ enhancedContainerIsolation: lockedIsolation(true) });
    expect(problems({ exposeDockerAPIOnTCP2375: true }, { settings })).toHaveLength(1);
  });

  test('has nothing to say of what is locked', () => {
    const settings = settingsWith({ cpus: { ...settingsWith().cpus, locked: true, source: 'adminLocked' } });
    expect(problems({ cpus: 1000 }, { settings, unread: { cpus: 'x' } })).toEqual([]);
  });
});
