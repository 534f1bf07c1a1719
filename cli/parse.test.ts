import { describe, expect, it } from 'vitest';
import { parseCommand, UsageError } from './parse.ts';

const LIST = { kind: 'settingsSet', key: 'dockerSocketCommands', value: ['push', 'pull'] };

describe('parseCommand', () => {
  it.each([
    ['start', { kind: 'start', window: true, wait: true }],
    ['start --headless --json', { kind: 'start', window: false, wait: true }],
    ['--json restart --no-wait', { kind: 'restart', wait: false }],
    ['apply --wait', { kind: 'apply', wait: true, removeContainers: false }],
    ['apply --remove-containers', { kind: 'apply', wait: false, removeContainers: true }],
    ['settings set theme dark', { kind: 'settingsSet', key: 'theme', value: 'dark' }],
    ['settings set blockDockerLoad true', { kind: 'settingsSet', key: 'blockDockerLoad', value: true }],
    ['settings set blockDockerLoad yes', { kind: 'settingsSet', key: 'blockDockerLoad', value: 'yes' }],
    ['settings set cpus 4', { kind: 'settingsSet', key: 'cpus', value: 4 }],
    ['settings set cpus four', { kind: 'settingsSet', key: 'cpus', value: 'four' }],
    ['settings set proxyHttp 4', { kind: 'settingsSet', key: 'proxyHttp', value: '4' }],
    ['settings set dockerDaemonOptions {}', { kind: 'settingsSet', key: 'dockerDaemonOptions', value: '{}' }],
    ['settings set dockerSocketCommands push,pull', LIST],
    ['settings set dockerSocketCommands ["push","pull"]', LIST],
    ['settings set nothing {}', { kind: 'settingsSet', key: 'nothing', value: '{}' }],
    ['settings import --from docker-desktop', { kind: 'settingsImport', file: null, dryRun: false }],
    ['settings import --from=docker-desktop --file f --dry-run', { kind: 'settingsImport', file: 'f', dryRun: true }],
    ['settings reset theme', { kind: 'settingsReset', keys: ['theme'] }],
    ['settings reset theme cpus', { kind: 'settingsReset', keys: ['theme', 'cpus'] }],
    ['settings get __proto__', { kind: 'settingsGet', key: '__proto__' }],
    ['policy explain proxy.mode', { kind: 'policyExplain', key: 'proxy.mode' }],
    ['policy create --from-current', { kind: 'policyCreate' }],
    ['policy validate my.json', { kind: 'policyValidate', file: 'my.json' }],
    ['quit --force', { kind: 'quit', force: true, relaunch: false }],
    ['quit --relaunch', { kind: 'quit', force: false, relaunch: true }],
    ['update', { kind: 'update' }],
    ['verify', { kind: 'verify', deep: false, file: null }],
    ['verify --deep', { kind: 'verify', deep: true, file: null }],
    ['verify --deep --json report.json', { kind: 'verify', deep: true, file: 'report.json' }],
    ['start -h', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['--version', { kind: 'version' }],
  ])('understands "%s"', (line, command) => {
    expect(parseCommand(line.split(' '))).toEqual(command);
  });

  it.each([
    ['', 'Which command?'],
    ['verify report.json', 'Usage: bulkhead verify [--deep'],
    ['verify --deep report.json', 'Usage: bulkhead verify [--deep'],
    ['verify --deep --json one two', 'Usage: bulkhead verify [FILE]'],
    ['format', 'no command "format"'],
    ['settings', 'no command "settings"'],
    ['settings drop', 'no command "settings drop"'],
    ['constructor', 'no command "constructor"'],
    ['settings import', 'Usage: bulkhead settings import --from docker-desktop'],
    ['settings import --from podman', 'Usage: bulkhead settings import'],
    ['settings reset', 'Usage: bulkhead settings reset KEY...'],
    ['settings set theme', 'Usage: bulkhead settings set KEY VALUE'],
    ['policy create', 'Usage: bulkhead policy create --from-current'],
    ['quit --force --relaunch', 'not both'],
    ['status now', 'Usage: bulkhead status'],
    ['stop --headless', '"stop" takes no --headless'],
    ['start --fast', "Unknown option '--fast'"],
    ['start --headless=1', 'does not take an argument'],
  ])('explains what is wrong with "%s"', (line, message) => {
    const parse = (): unknown => parseCommand(line === '' ? [] : line.split(' '));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});
