import { describe, expect, it } from 'vitest';
import { feedAddress } from './feed-address.ts';

describe('feedAddress', () => {
  const built = 'https://example.org/latest';
  it.each([
    [{ built, override: undefined, development: false }, built],
    [{ built, override: 'https://other.example/', development: false }, built],
    [{ built: '', override: 'https://other.example/', development: false }, null],
    [{ built: 'http://example.org/', override: undefined, development: false }, null],
    [{ built: '', override: undefined, development: true }, null],
    [{ built: '', override: 'http://127.0.0.1:8080', development: true }, 'http://127.0.0.1:8080/'],
    [{ built: '', override: 'file:///tmp/feed', development: true }, null],
    [{ built, override: '', development: true }, null],
  ])('of %j is %j', (parts, address) => {
    expect(feedAddress(parts)).toBe(address);
  });
});
