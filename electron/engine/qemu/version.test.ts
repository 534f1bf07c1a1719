import { expect, it } from 'vitest';
import { canEmulateInThreads, parseVersion } from './version.ts';

it.each([
  ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright', false],
  ['QEMU emulator version 8.0.5', false],
  ['QEMU emulator version 8.1.0', true],
  ['QEMU emulator version 10.0.2', true],
  ['something else', false],
])('%j can emulate in threads: %s', (output, expected) => {
  expect(canEmulateInThreads(parseVersion(output))).toBe(expected);
});
