import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyLocation } from '../contract/settings.ts';
import { catalog, settingKeys, settings, tabs } from './catalog.ts';
import { mergeSettings, type UserLayer, valueWithoutUser } from './merge.ts';
import { policyLayers, userLayers } from './testing/layers.ts';

const at: PolicyLocation = { path: '/etc/bulkhead/admin-settings.json', line: 3, column: 3 };

const policyLayer = policyLayers();

function reversed<T extends object>(layer: T): T {
  return Object.fromEntries(Object.entries(layer).toReversed()) as T;
}

describe('mergeSettings', () => {
  it('lets a locked value win over everything, and says where it stands', () => {
    fc.assert(
      fc.property(policyLayer, userLayers, (policy, user) => {
        const effective = mergeSettings(policy, user);
        for (const key of settingKeys) {
          expect(effective[key].locked).toBe(policy[key]?.locked === true);
          expect(effective[key].source === 'adminLocked').toBe(policy[key]?.locked === true);
        }
        for (const key of settingKeys.filter((each) => policy[each]?.locked)) {
          expect(effective[key]).toMatchObject({ value: policy[key]?.value, policy: policy[key]?.at });
        }
      }),
    );
  });

  it('takes each value from the strongest layer that has one', () => {
    fc.assert(
      fc.property(policyLayer, userLayers, (policy, user) => {
        const effective = mergeSettings(policy, user);
        for (const key of settingKeys.filter((each) => policy[each]?.locked !== true)) {
          expect(effective[key].value).toEqual(user[key] ?? policy[key]?.value ?? catalog[key].default);
          expect(effective[key].policy).toEqual(effective[key].source === 'adminDefault' ? policy[key]?.at : null);
        }
      }),
    );
  });

  it("gives back the user's own view when the policy goes away", () => {
    fc.assert(
      fc.property(policyLayer, userLayers, (policy, user) => {
        const before = structuredClone(user);
        mergeSettings(policy, user);
        expect(user).toEqual(before);
        for (const key of settingKeys) {
          expect(mergeSettings({}, user)[key].value).toEqual(user[key] ?? catalog[key].default);
        }
      }),
    );
  });

  it('is idempotent: the effective values, taken as the user layer, change nothing', () => {
    fc.assert(
      fc.property(policyLayer, userLayers, (policy, user) => {
        const effective = mergeSettings(policy, user);
        const asUser = Object.fromEntries(settingKeys.map((key) => [key, effective[key].value])) as UserLayer;
        const again = mergeSettings(policy, asUser);
        for (const key of settingKeys) {
          expect(again[key].value).toEqual(effective[key].value);
          expect(again[key].locked).toBe(effective[key].locked);
        }
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(policyLayer, userLayers, (policy, user) => {
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
    const order = settings.map(({ tab, order: place }) => [tabs.indexOf(tab), place]);
    expect(order).toEqual(order.toSorted(([a = 0, x = 0], [b = 0, y = 0]) => a - b || x - y));
    expect(settings.every(({ tab, section }) => (tab === 'resources') === (section !== null))).toBe(true);
  });
});
