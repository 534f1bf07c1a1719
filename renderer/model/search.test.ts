import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settings } from '../../shared/settings/catalog.ts';
import { partsOf, searchSettings } from './search.ts';

const found = (query: string): readonly string[] =>
  searchSettings(settings, query).map(({ definition }) => definition.key);

describe('searchSettings', () => {
  test('finds by label, description, key, key of the policy, and the words of a choice', () => {
    expect(found('memory limit')).toContain('memoryMiB');
    expect(found('registries')).toContain('blockDockerLoad');
    expect(found('exposeDockerAPI')).toContain('exposeDockerAPIOnTCP2375');
    expect(found('containersProxy.http')).toContain('containersProxyHttp');
    expect(found('localhost only')).toContain('portBindingBehavior');
  });

  test('wants every word, whatever its case, and finds nothing for nothing', () => {
    expect(found('SWAP')).toEqual(['swapMiB']);
    expect(found('swap proxy')).toEqual([]);
    expect(found('  ')).toEqual([]);
  });

  test('puts hits in the label first', () => {
    const keys = found('disk');
    expect(keys[0]).toBe('diskSizeMiB');
    expect(keys).toContain('swapMiB');
  });
});

describe('partsOf', () => {
  test('marks what was found', () => {
    expect(partsOf('Memory limit', ['limit'])).toEqual([
      { text: 'Memory ', hit: false },
      { text: 'limit', hit: true },
    ]);
  });

  test('loses and adds no letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), (text, terms) => {
        expect(
          partsOf(text, terms)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
