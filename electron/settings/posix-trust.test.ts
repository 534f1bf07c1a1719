import { describe, expect, it } from 'vitest';
import { distrustFile, distrustFolder } from './posix-trust.ts';
import { systemPolicySearch } from './policy-search.ts';

const { trust } = systemPolicySearch('linux');
const file = '/etc/bulkhead/admin-settings.json';

describe('distrustFile', () => {
  it.each([
    [{ uid: 0, mode: 0o100644 }, true],
    [{ uid: 0, mode: 0o100600 }, true],
    [{ uid: 0, mode: 0o100664 }, false],
    [{ uid: 0, mode: 0o100602 }, false],
    [{ uid: 1000, mode: 0o100644 }, false],
  ])('of %o', (stats, trusted) => {
    expect(distrustFile(file, stats, trust) === null).toBe(trusted);
  });
});

describe('distrustFolder', () => {
  it.each([
    ["the file's own", { uid: 0, mode: 0o040755 }, true, true],
    ["the file's own, open", { uid: 0, mode: 0o040777 }, true, false],
    ["the file's own, open and sticky", { uid: 0, mode: 0o041777 }, true, false],
    ["the file's own, open to its group", { uid: 0, mode: 0o040775 }, true, false],
    ['one above', { uid: 0, mode: 0o040755 }, false, true],
    ['one above, open', { uid: 0, mode: 0o040777 }, false, false],
    ['one above, open and sticky', { uid: 0, mode: 0o041777 }, false, true],
    ["one above that is a user's", { uid: 1000, mode: 0o040755 }, false, false],
  ])('of %s', (_, stats, isOwn, trusted) => {
    expect(distrustFolder('/etc/bulkhead', stats, isOwn, trust) === null).toBe(trusted);
  });
});
