import { describe, expect, it } from 'vitest';
import { type PathView, resolvePolicyPath } from './policy-path.ts';
import { developmentPolicySearch, systemPolicySearch } from './policy-search.ts';

const FILE = '/etc/bulkhead/admin-settings.json';
const { trust } = systemPolicySearch('linux');

interface Item {
  readonly uid?: number;
  readonly mode?: number;
  readonly link?: string;
  readonly file?: true;
}

const SAFE: Readonly<Record<string, Item>> = {
  '/': {},
  '/etc': {},
  '/etc/bulkhead': {},
  '/opt': {},
  '/opt/policy': {},
  '/opt/policy/real.json': { file: true },
  '/home': {},
  '/home/me': { uid: 1000, mode: 0o755 },
  '/home/me/real.json': { uid: 0, file: true },
  '/tmp': { mode: 0o1777 },
  '/tmp/safe': {},
  '/tmp/safe/real.json': { file: true },
};

/** A file system of root's, in which these things are otherwise. */
function view(changes: Readonly<Record<string, Item>>): PathView {
  const items: Readonly<Record<string, Item>> = { ...SAFE, ...changes };
  const item = (at: string): Item => {
    const found = Object.hasOwn(items, at) ? items[at] : undefined;
    if (found === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return found;
  };
  return {
    lstat: (at) => {
      const { uid = 0, mode = 0o755, link, file } = item(at);
      // A symbolic link's own mode is 0777 and means nothing (symlink(7)).
      return {
        uid,
        mode: link === undefined ? mode : 0o777,
        kind: link !== undefined ? 'link' : file ? 'other' : 'folder',
      };
    },
    readlink: (at) => item(at).link ?? '',
  };
}

/** Where the path leads, or why it is not gone. */
function outcome(changes: Readonly<Record<string, Item>>, given = trust): string {
  const resolved = resolvePolicyPath(FILE, given, view(changes));
  switch (resolved.kind) {
    case 'found':
      return resolved.path;
    case 'missing':
      return 'missing';
    case 'refused':
      return `refused: ${resolved.reason}`;
  }
}

describe('a path without links', () => {
  it('is itself, or missing', () => {
    expect(outcome({ [FILE]: { file: true } })).toBe(FILE);
    expect(outcome({})).toBe('missing');
  });
});

describe('a file that is missing where a safe link leads', () => {
  it('is missing, as in the folder itself', () => {
    expect(outcome({ '/etc/bulkhead': { link: '/opt/policy' } })).toBe('missing');
    expect(outcome({ '/etc': { link: '/opt' } })).toBe('missing');
  });
});

describe('a link is followed', () => {
  it.each([
    ['to a safe place', { [FILE]: { link: '/opt/policy/real.json' } }],
    ['to a safe place, relatively', { [FILE]: { link: '../../opt/./policy//real.json' } }],
    ['above the root, which is the root', { [FILE]: { link: '../../../../opt/policy/real.json' } }],
    ['over other safe links', { [FILE]: { link: '/opt/first' }, '/opt/first': { link: 'policy/real.json' } }],
    [
      'for the folder',
      { '/etc/bulkhead': { link: '/opt/policy' }, '/opt/policy/admin-settings.json': { link: 'real.json' } },
    ],
    [
      'for a folder above',
      {
        '/etc': { link: 'opt/etc' },
        '/opt/etc': {},
        '/opt/etc/bulkhead': { link: '../policy' },
        '/opt/policy/admin-settings.json': { link: '/opt/policy/real.json' },
      },
    ],
  ] as const)('%s', (_, changes) => {
    expect(outcome(changes)).toBe('/opt/policy/real.json');
  });
});

describe('a link is refused', () => {
  const link: Item = { link: '/opt/policy/real.json' };
  it.each([
    [
      'that another user made',
      { [FILE]: { ...link, uid: 1000 } },
      /^refused: The symbolic link \/etc\/.* belongs to user 1000/u,
    ],
    [
      'in a folder that others can write',
      { [FILE]: link, '/etc/bulkhead': { mode: 0o777 } },
      /the folder \/etc\/bulkhead /u,
    ],
    [
      'in a folder that its group can write',
      { [FILE]: link, '/etc/bulkhead': { mode: 0o775 } },
      /the folder \/etc\/bulkhead /u,
    ],
    ["in a user's folder", { [FILE]: link, '/etc/bulkhead': { uid: 1000 } }, /The folder \/etc\/bulkhead belongs/u],
    [
      "into a user's folder, though the file is root's",
      { [FILE]: { link: '/home/me/real.json' } },
      /The folder \/home\/me belongs/u,
    ],
    [
      'into a folder that others can write',
      { [FILE]: link, '/opt/policy': { mode: 0o757 } },
      /the folder \/opt\/policy /u,
    ],
    ['below a folder that others can write', { [FILE]: link, '/opt': { mode: 0o757 } }, /the folder \/opt /u],
    ['below a sticky folder', { [FILE]: { link: '/tmp/safe/real.json' } }, /the folder \/tmp /u],
    [
      "through a user's folder and out of it",
      { [FILE]: { link: '/home/me/../../opt/policy/real.json' } },
      /The folder \/home\/me belongs/u,
    ],
    [
      "through a user's link",
      { [FILE]: { link: '/opt/next' }, '/opt/next': { ...link, uid: 1000 } },
      /The symbolic link \/opt\/next belongs/u,
    ],
    [
      "through root's link in a user's folder",
      { [FILE]: { link: '/home/me/next' }, '/home/me/next': link },
      /The folder \/home\/me belongs/u,
    ],
    [
      "for the folder, if it is a user's",
      { '/etc/bulkhead': { link: '/opt/policy', uid: 1000 }, '/opt/policy/admin-settings.json': { file: true } },
      /The symbolic link \/etc\/bulkhead belongs/u,
    ],
    [
      'that leads nowhere',
      { [FILE]: { link: '/opt/unmounted/x.json' } },
      /\/admin-settings\.json is a symbolic link that leads nowhere$/u,
    ],
    [
      'that leads nowhere, also for the folder',
      { '/etc/bulkhead': { link: '/opt/unmounted' } },
      /\/etc\/bulkhead is a symbolic link that leads nowhere$/u,
    ],
    ['to itself', { [FILE]: { link: FILE } }, /too many symbolic links/u],
    [
      'in a circle',
      { [FILE]: { link: '/opt/a' }, '/opt/a': { link: '/etc/bulkhead/admin-settings.json' } },
      /too many symbolic links/u,
    ],
    ['through a file', { [FILE]: { link: '/opt/policy/real.json/x' } }, /not a folder \(ENOTDIR\)/u],
  ] as const)('%s', (_, changes, reason) => {
    expect(outcome(changes)).toMatch(/^refused: /u);
    expect(outcome(changes)).toMatch(reason);
  });

  it('that leads nowhere, behind one that leads somewhere', () => {
    const changes = {
      '/etc/bulkhead': { link: '/opt/policy' },
      '/opt/policy/admin-settings.json': { link: 'lost.json' },
    };
    expect(outcome(changes)).toBe('refused: /opt/policy/admin-settings.json is a symbolic link that leads nowhere');
  });

  it('also in a development build: by its owner, its folder and the folder that it leads to', () => {
    const relaxed = { ...developmentPolicySearch('/etc/bulkhead').trust, owners: [0, 1000] };
    expect(outcome({ [FILE]: { link: '/home/me/real.json' } }, relaxed)).toBe('/home/me/real.json');
    expect(outcome({ [FILE]: { link: '/home/me/real.json', uid: 1001 } }, relaxed)).toMatch(/^refused: /u);
    expect(outcome({ [FILE]: link, '/opt/policy': { mode: 0o1777 } }, relaxed)).toMatch(/^refused: /u);
    expect(outcome({ [FILE]: link, '/etc/bulkhead': { mode: 0o1777 } }, relaxed)).toMatch(/^refused: /u);
  });
});
