import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingKeys } from './catalog.ts';
import { policyNames } from './policy/keys.ts';
import { settingsReference } from './reference.ts';

describe('the settings reference', () => {
  it('is published as it is generated; if not, run: npm run schema', () => {
    expect(readFileSync(new URL('../../docs/settings-reference.md', import.meta.url), 'utf8')).toBe(
      settingsReference(),
    );
  });

  it('has a row for every setting and every key of a policy', () => {
    const rows = settingsReference().split('\n');
    for (const name of [...settingKeys, ...policyNames]) {
      expect(rows.filter((row) => row.startsWith(`| \`${name}\` |`)).length).toBeGreaterThan(0);
    }
  });
});
