import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalog, settingKeys } from '../catalog.ts';
import { mergeSettings } from '../merge.ts';
import { userLayers } from '../testing/layers.ts';
import { policyFromSettings } from './from-settings.ts';
import { parsePolicy } from './parse.ts';

describe('policyFromSettings', () => {
  it('writes a valid policy that gives back every value, whatever another user has chosen', () => {
    fc.assert(
      fc.property(userLayers, userLayers, (mine, theirs) => {
        const effective = mergeSettings({}, mine);
        const parsed = parsePolicy('/p', new TextEncoder().encode(JSON.stringify(policyFromSettings(effective))));
        if (parsed.kind === 'invalid') throw new Error(parsed.problems[0]?.reason);
        const isBoth = effective.enhancedContainerIsolation.value && effective.exposeDockerAPIOnTCP2375.value;
        expect(parsed.warnings.map(({ message }) => message)).toEqual(
          isBoth ? [expect.stringContaining('the API is not exposed')] : [],
        );
        const untouched = mergeSettings(parsed.layer, {});
        const touched = mergeSettings(parsed.layer, theirs);
        for (const key of settingKeys) {
          expect(untouched[key].value).toEqual(effective[key].value);
          if (!catalog[key].cosmetic) expect(touched[key]).toMatchObject({ value: effective[key].value, locked: true });
        }
      }),
    );
  });
});
