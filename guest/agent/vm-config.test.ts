import { describe, expect, it } from 'vitest';
import type { VmConfig } from '../../shared/contract/vm.ts';
import { vmSettings } from '../../shared/engine/testing/vm-settings.ts';
import { readVmConfig } from './vm-config.ts';

const SETTINGS = vmSettings();
const CONFIG: VmConfig = {
  version: 2,
  settings: SETTINGS,
  mayFormatDataDisk: false,
  shares: [],
  keys: { control: 'ab'.repeat(32), docker: 'cd'.repeat(32), ports: 'ef'.repeat(32) },
};

describe('readVmConfig', () => {
  it('reads what the host writes', () => {
    expect(readVmConfig(JSON.stringify(CONFIG))).toEqual(CONFIG);
  });

  it.each<[string, object]>([
    ['of another version', { version: 1 }],
    ['without isolation', { settings: { ...SETTINGS, isolation: undefined } }],
    ['with isolation that is not a boolean', { settings: { ...SETTINGS, isolation: 'false' } }],
    ['with a key that is too short', { keys: { control: 'ab', docker: 'cd'.repeat(32), ports: 'ef'.repeat(32) } }],
    ['with something unknown', { debug: true }],
  ])('refuses one %s', (_, change) => {
    expect(() => readVmConfig(JSON.stringify({ ...CONFIG, ...change }))).toThrow(/./u);
  });

  it('refuses what is not JSON', () => {
    expect(() => readVmConfig('')).toThrow(/./u);
  });
});
