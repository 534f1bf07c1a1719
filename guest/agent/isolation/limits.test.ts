import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseLimits, UNLIMITED } from './limits.ts';

describe("a process's limits", () => {
  it('are the hard ones, exactly', () => {
    const limits = parseLimits(
      [
        'Limit                     Soft Limit           Hard Limit           Units     ',
        'Max cpu time              unlimited            unlimited            seconds   ',
        'Max processes             7000                 7823                 processes ',
        'Max open files            1024                 1048576              files     ',
        'Max realtime priority     0                    0                    ',
        '',
      ].join('\n'),
    );
    expect([...limits]).toEqual([
      ['RLIMIT_CPU', UNLIMITED],
      ['RLIMIT_NPROC', 7823],
      ['RLIMIT_NOFILE', 1_048_576],
      ['RLIMIT_RTPRIO', 0],
    ]);
  });

  it('are all there in what this kernel writes', () => {
    expect(parseLimits(readFileSync('/proc/self/limits', 'utf8')).size).toBe(16);
  });
});
