import { describe, expect, it } from 'vitest';
import { storePaths } from './docker-desktop-files.ts';

describe('storePaths', () => {
  it.each([
    [
      { platform: 'linux', home: '/home/u', appData: undefined },
      ['/home/u/.docker/desktop/settings-store.json', '/home/u/.docker/desktop/settings.json'],
    ],
    [
      { platform: 'darwin', home: '/Users/u', appData: undefined },
      [
        '/Users/u/Library/Group Containers/group.com.docker/settings-store.json',
        '/Users/u/Library/Application Support/Docker/settings-store.json',
        '/Users/u/Library/Group Containers/group.com.docker/settings.json',
        '/Users/u/Library/Application Support/Docker/settings.json',
      ],
    ],
    [
      { platform: 'win32', home: 'C:\\Users\\u', appData: 'D:\\Roaming' },
      ['D:\\Roaming\\Docker\\settings-store.json', 'D:\\Roaming\\Docker\\settings.json'],
    ],
    [
      { platform: 'win32', home: 'C:\\Users\\u', appData: undefined },
      [
        'C:\\Users\\u\\AppData\\Roaming\\Docker\\settings-store.json',
        'C:\\Users\\u\\AppData\\Roaming\\Docker\\settings.json',
      ],
    ],
  ])('knows where %j has them', (places, expected) => {
    expect(storePaths(places)).toEqual(expected);
  });
});
