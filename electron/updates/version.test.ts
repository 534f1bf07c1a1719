import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer, parseVersion, type Version } from './version.ts';

const parse = (text: string): Version => {
  const version = parseVersion(text);
  if (version === null) throw new Error(text);
  return version;
};

describe('parseVersion', () => {
  it.each([
    '1',
    '1.2',
    '1.2.3.4',
    '01.2.3',
    '1.2.x',
    '',
    ' 1.2.3',
    '1.2.3-',
    '-1.2.3',
    '1.2.3\n',
    '1.2.99999999999999999',
  ])('refuses %j', (text) => {
    expect(parseVersion(text)).toBeNull();
  });

  it.each(['1.2.3', 'v1.2.3', '1.2.3+build.5'])('reads %j', (text) => {
    expect(parseVersion(text)).toEqual({ core: [1, 2, 3], prerelease: [] });
  });
});

describe('isNewer', () => {
  // The example of Semantic Versioning 2.0.0, section 11, and a few numbers beside it.
  const ordered = [
    '0.9.10',
    '0.10.0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '2.0.0',
    '2.1.0',
    '2.1.1',
    '10.0.0',
  ];

  it('orders versions as the specification does', () => {
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect([a, b, isNewer(parse(a), parse(b))]).toEqual([a, b, i > j]);
      }
    }
  });

  it('never holds both ways, and not for the same version', () => {
    const identifier = fc.oneof(fc.nat(50).map(String), fc.stringMatching(/^[a-z]{1,3}$/u));
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.array(identifier, { maxLength: 3 }))
      .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest.length === 0 ? '' : `-${rest.join('.')}`}`);
    fc.assert(
      fc.property(version, version, (a, b) => {
        const newer = isNewer(parse(a), parse(b));
        expect(newer && isNewer(parse(b), parse(a))).toBe(false);
        if (a === b) expect(newer).toBe(false);
      }),
    );
  });
});
