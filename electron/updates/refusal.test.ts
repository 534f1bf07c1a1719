import { describe, expect, it } from 'vitest';
import { mergeSettings } from '../../shared/settings/merge.ts';
import { updateRefusal } from './refusal.ts';

const none = { kind: 'none', searched: [] } as const;
const at = { path: '/policy', line: 3, column: 1 };

describe('updateRefusal', () => {
  it('is none where nobody has switched updates off', () => {
    expect(updateRefusal({ effective: mergeSettings({}, {}), policy: none })).toBeNull();
  });

  it('names who has', () => {
    const user = mergeSettings({}, { disableUpdate: true });
    expect(updateRefusal({ effective: user, policy: none })).toMatch(/off in the settings/u);
    const admin = mergeSettings({ disableUpdate: { value: true, locked: true, at } }, { disableUpdate: false });
    expect(updateRefusal({ effective: admin, policy: none })).toMatch(/administrator.*\/policy, line 3/u);
  });

  it('holds under a policy that cannot be used', () => {
    const policy = { kind: 'invalid', path: '/policy', problems: [] } as const;
    expect(updateRefusal({ effective: mergeSettings({}, {}), policy })).toMatch(/may have switched updates off/u);
  });
});
