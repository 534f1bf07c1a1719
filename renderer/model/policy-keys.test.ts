import { expect, test } from 'vitest';
import type { PolicyKey } from '../../shared/contract/settings.ts';
import { filterKeys, keyValueWords, settingOf } from './policy-keys.ts';

const key = (parts: Partial<PolicyKey>): PolicyKey => ({
  name: 'memoryMiB',
  state: 'enforced',
  value: 2048,
  locked: true,
  at: { path: '/p', line: 1, column: 1 },
  note: null,
  ...parts,
});
const KEYS = [
  key({}),
  key({ name: 'kubernetes.enabled', state: 'notApplicable', value: false }),
  key({ name: 'memoryMib2', state: 'unknown', value: null, locked: null, note: 'Ignored; did you mean "memoryMiB"?' }),
];
const names = (...args: [Parameters<typeof filterKeys>[1], string]) =>
  filterKeys(KEYS, ...args).map(({ name }) => name);

test('keys are found by name, value and note, within a state', () => {
  expect(names('all', '')).toHaveLength(3);
  expect(names('all', 'MEMORY')).toEqual(['memoryMiB', 'memoryMib2']);
  expect(names('all', 'did mean')).toEqual(['memoryMib2']);
  expect(names('notApplicable', '')).toEqual(['kubernetes.enabled']);
  expect(names('enforced', 'false')).toEqual([]);
});

test('a value is shown as the file has it, and none is not', () => {
  expect(keyValueWords(key({ value: ['a', 'b'] }))).toBe('["a","b"]');
  expect(keyValueWords(key({ value: false }))).toBe('false');
  expect(keyValueWords(key({ value: null }))).toBeNull();
});

test('a key leads to its row, where it has one', () => {
  expect(settingOf(key({}))?.key).toBe('memoryMiB');
  expect(settingOf(key({ name: 'kubernetes.enabled', state: 'notApplicable' }))).toBeNull();
  expect(settingOf(key({ name: 'enhancedContainerIsolation.dockerSocketMount.imageList.images' }))).toBeNull();
});
