import { describe, expect, it } from 'vitest';
import { parseRequest } from './runtime-socket.ts';

const bytes = (...items: readonly string[]): Buffer => Buffer.from(items.map((item) => `${item}\0`).join(''));

describe('a request of the front', () => {
  it('is argv and the working directory', () => {
    expect(parseRequest(bytes('runc', 'create', 'a b', '/work', ''))).toEqual({
      argv: ['runc', 'create', 'a b'],
      cwd: '/work',
    });
  });

  it('is not complete before its end', () => {
    const whole = bytes('runc', 'create', 'ünïcode', '/', '');
    for (let length = 0; length < whole.length; length++) expect(parseRequest(whole.subarray(0, length))).toBeNull();
    expect(parseRequest(whole)?.argv[2]).toBe('ünïcode');
  });

  it.each([
    ['nothing', bytes('', '')],
    ['no arguments', bytes('/', '')],
    ['a relative directory', bytes('runc', 'work', '')],
    ['an empty argument', bytes('runc', '', '/', '')],
    ['more after its end', bytes('runc', '/', '', 'more')],
    ['too much', Buffer.alloc(300_000, 'x')],
  ])('is malformed with %s', (_, request) => {
    expect(() => parseRequest(request)).toThrow('malformed');
  });
});
