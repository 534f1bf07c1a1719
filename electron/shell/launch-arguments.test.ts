import { describe, expect, it } from 'vitest';
import { launchArgumentsOf, relaunchArguments } from './launch-arguments.ts';

describe('relaunchArguments', () => {
  const argv = ['/usr/bin/app', '--disable-gpu', '/checkout', '--no-window'];

  it('keeps the arguments and follows the window', () => {
    expect(relaunchArguments(argv, true)).toEqual(['--disable-gpu', '/checkout']);
    expect(relaunchArguments(argv, false)).toEqual(['--disable-gpu', '/checkout', '--no-window']);
    expect(relaunchArguments(['/usr/bin/app'], true)).toEqual([]);
  });

  it('asks for a window exactly where there was one', () => {
    for (const hasWindow of [true, false]) {
      expect(launchArgumentsOf(relaunchArguments(argv, hasWindow)).window).toBe(hasWindow);
    }
  });
});
