import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractVmlinux } from './vmlinux.ts';

/** A bzImage with the fields of the boot protocol that matter here. */
const bzImage = (kernel: Buffer, statedSize = kernel.length): Buffer => {
  const compressed = zstdCompressSync(kernel);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(statedSize);
  const payload = Buffer.concat([compressed, size]);
  const setup = Buffer.alloc(3 * 512);
  setup.writeUInt8(2, 0x1f1);
  setup.writeUInt32LE(64, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(64), payload, Buffer.from('what follows the payload')]);
};

describe('extractVmlinux', () => {
  it('finds the kernel in the payload', () => {
    const kernel = Buffer.from(`\u007FELF${'kernel'.repeat(100)}`);
    expect(extractVmlinux(bzImage(kernel))).toEqual(kernel);
  });

  it('refuses a kernel of another size than stated', () => {
    expect(() => extractVmlinux(bzImage(Buffer.from('kernel'), 7))).toThrow('the size it states');
  });

  it('refuses what is not compressed with zstd', () => {
    const image = bzImage(Buffer.from('kernel'));
    image.fill(0, 3 * 512 + 64);
    expect(() => extractVmlinux(image)).toThrow(/./u);
  });
});
