import { expect, test } from 'vitest';
import type { PolicyStatus } from '../../shared/contract/settings.ts';
import { catalog } from '../../shared/settings/catalog.ts';
import { baseValueOf } from './base-value.ts';

const policyWith = (value: unknown): PolicyStatus => ({
  kind: 'inForce',
  path: '/p',
  warnings: [],
  keys: [
    {
      name: 'memoryMiB',
      state: 'enforced',
      value,
      locked: false,
      at: { path: '/p', line: 3, column: 5 },
      note: null,
    },
  ],
});

test('without the user, the administrator decides', () => {
  expect(baseValueOf(catalog.memoryMiB, policyWith(4096))).toEqual({ value: 4096, of: 'administrator' });
});

test('and where the file does not name the setting, or its value is not shown, Bulkhead does', () => {
  expect(baseValueOf(catalog.cpus, policyWith(4096))).toEqual({ value: 2, of: 'bulkhead' });
  expect(baseValueOf(catalog.memoryMiB, policyWith(null))).toEqual({ value: 2048, of: 'bulkhead' });
  expect(baseValueOf(catalog.memoryMiB, { kind: 'none', searched: [] })).toMatchObject({ of: 'bulkhead' });
});
