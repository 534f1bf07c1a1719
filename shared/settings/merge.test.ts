import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyLocation } from '../contract/settings.ts';
import { catalog, settingKeys } from './catalog.ts';
import { mergeSettings, type PolicyLayer, type UserLayer, valueWithoutUser } from './merge.ts';

const at: PolicyLocation = { path: '/etc/bulkhead/admin-settings.json', line: 3, column: 3 };

const theme = fc.constantFrom('system', 'light', 'dark');
const userLayer: fc.Arbitrary<UserLayer> = fc.record(
  { enhancedContainerIsolation: fc.boolean(), startEngineOnLaunch: fc.boolean(), theme },
  { requiredKeys: [] },
);
const setting = <V>(value: fc.Arbitrary<V>) => fc.record({ value, locked: fc.boolean(), at: fc.constant(at) });
const policyLayer: fc.Arbitrary<PolicyLayer> = fc.record(
  {
    enhancedContainerIsolation: setting(fc.boolean()),
    startEngineOnLaunch: setting(fc.boolean()),
    theme: setting(theme),
  },
  { requiredKeys: [] },
);

function reversed<T extends object>(layer: T): T {
  return Object.fromEntries(Object.entries(layer).toReversed()) as T;
}

describe('mergeSettings', () => {
  it('lets a locked value win over everything, and says where it stands', () => {
    fc.assert(
      fc.property(policyLayer, userLayer, (policy, user) => {
        const effective = mergeSettings(policy, user);
        for (const key of settingKeys) {
          expect(effective[key].locked).toBe(policy[key]?.locked === true);
          expect(effective[key].source === 'adminLocked').toBe(policy[key]?.locked === true);
        }
        for (const key of settingKeys.filter((each) => policy[each]?.locked)) {
          expect(effective[key]).toMatchObject({ value: policy[key]?.value, policy: at });
        }
      }),
    );
  });

  it('takes each value from the strongest layer that has one', () => {
    fc.assert(
      fc.property(policyLayer, userLayer, (policy, user) => {
        const effective = mergeSettings(policy, user);
        for (const key of settingKeys.filter((each) => policy[each]?.locked !== true)) {
          expect(effective[key].value).toBe(user[key] ?? policy[key]?.value ?? catalog[key].default);
          expect(effective[key].policy).toEqual(effective[key].source === 'adminDefault' ? at : null);
        }
      }),
    );
  });

  it("gives back the user's own view when the policy goes away", () => {
    fc.assert(
      fc.property(policyLayer, userLayer, (policy, user) => {
        const before = structuredClone(user);
        mergeSettings(policy, user);
        expect(user).toEqual(before);
        for (const key of settingKeys) {
          expect(mergeSettings({}, user)[key].value).toBe(user[key] ?? catalog[key].default);
        }
      }),
    );
  });

  it('is idempotent: the effective values, taken as the user layer, change nothing', () => {
    fc.assert(
      fc.property(policyLayer, userLayer, (policy, user) => {
        const effective = mergeSettings(policy, user);
        const asUser = Object.fromEntries(settingKeys.map((key) => [key, effective[key].value])) as UserLayer;
        const again = mergeSettings(policy, asUser);
        for (const key of settingKeys) {
          expect(again[key].value).toBe(effective[key].value);
          expect(again[key].locked).toBe(effective[key].locked);
        }
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(policyLayer, userLayer, (policy, user) => {
        expect(mergeSettings(reversed(policy), reversed(user))).toEqual(mergeSettings(policy, user));
      }),
    );
  });

  it('does not take inherited properties for values', () => {
    const polluted = Object.create({ enhancedContainerIsolation: true }) as UserLayer;
    expect(mergeSettings({}, polluted).enhancedContainerIsolation.source).toBe('default');
  });
});

describe('valueWithoutUser', () => {
  it('is the default of the administrator, else the built-in one', () => {
    expect(valueWithoutUser('theme', { theme: { value: 'dark', locked: false, at } })).toBe('dark');
    expect(valueWithoutUser('theme', {})).toBe('system');
  });
});

describe('the catalog', () => {
  it('has defaults and options that its own schemas accept', () => {
    for (const key of settingKeys) {
      const { schema, default: value, control } = catalog[key];
      expect(schema.safeParse(value).success).toBe(true);
      for (const option of control.kind === 'choice' ? control.options : []) {
        expect(schema.safeParse(option.value).success).toBe(true);
      }
    }
  });

  it('orders the settings of a tab unambiguously', () => {
    const places = settingKeys.map((key) => `${catalog[key].tab ?? ''} ${catalog[key].order}`);
    expect(new Set(places).size).toBe(places.length);
  });
});
