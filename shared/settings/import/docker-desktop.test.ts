import { describe, expect, it } from 'vitest';
import { stepsFromDaemonFile, stepsFromStore } from './docker-desktop.ts';

/** "key = value" of what is taken over, "from: kind" of the rest. */
const summary = (steps: ReturnType<typeof stepsFromStore>): readonly string[] =>
  steps.map((step) =>
    step.kind === 'take' ? `${step.key} = ${JSON.stringify(step.value)}` : `${step.from}: ${step.kind}`,
  );

describe('settings-store.json', () => {
  it('is taken over where Bulkhead has the setting, the isolation first', () => {
    const store = {
      SettingsVersion: 43,
      ExposeDockerAPIOnTCP2375: true,
      EnhancedContainerIsolation: true,
      FilesharingDirectories: ['/home'],
      OverrideProxyExclude: 'a.example, b.example',
      ThemeSource: 'dark',
      KubernetesEnabled: true,
      AutoStart: false,
    };
    expect(summary(stepsFromStore(store))).toEqual([
      'enhancedContainerIsolation = true',
      'theme = "dark"',
      'exposeDockerAPIOnTCP2375 = true',
      'sharedDirectories = ["/home"]',
      'proxyExclude = ["a.example","b.example"]',
      'SettingsVersion: notApplicable',
      'KubernetesEnabled: notApplicable',
      'AutoStart: notApplicable',
    ]);
  });

  it('may be the older settings.json, or edited by hand in another case', () => {
    const old = { memoryMiB: 4096, cpus: 3, overrideProxyHttp: 'http://p:1', ENHANCEDCONTAINERISOLATION: false };
    expect(summary(stepsFromStore(old))).toEqual([
      'enhancedContainerIsolation = false',
      'cpus = 3',
      'memoryMiB = 4096',
      'proxyHttp = "http://p:1"',
    ]);
  });

  it.each([
    [{ Cpus: '4' }, 'Cpus: refuse'],
    [{ ThemeSource: 'blue' }, 'ThemeSource: refuse'],
    [{ FilesharingDirectories: ['home'] }, 'FilesharingDirectories: refuse'],
    [JSON.parse('{"__proto__":{"Cpus":4}}') as Record<string, unknown>, '__proto__: notApplicable'],
    [{ constructor: 1 }, 'constructor: notApplicable'],
  ])('%j gives "%s" and takes nothing', (store, expected) => {
    expect(summary(stepsFromStore(store))).toEqual([expected]);
  });
});

describe('daemon.json', () => {
  it('is taken over without what Bulkhead does not give to the engine', () => {
    expect(summary(stepsFromDaemonFile('{"debug": true}'))).toEqual(['dockerDaemonOptions = "{\\"debug\\": true}"']);
    const [taken, ...rest] = stepsFromDaemonFile('{"debug": true, "userns-remap": "", "hosts": ["tcp://0.0.0.0"]}');
    expect(taken).toMatchObject({ kind: 'take', value: '{\n  "debug": true\n}' });
    expect(summary(rest)).toEqual(['daemon.json: userns-remap: refuse', 'daemon.json: hosts: refuse']);
  });

  it.each([
    ['{}', []],
    [' { } ', []],
    ['{"hosts": []}', ['daemon.json: hosts: refuse']],
    ['nonsense', ['daemon.json: refuse']],
    ['[]', ['daemon.json: refuse']],
    ['', ['daemon.json: refuse']],
  ])('%s gives %j', (text, expected) => {
    expect(summary(stepsFromDaemonFile(text))).toEqual(expected);
  });
});
