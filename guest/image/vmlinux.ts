import { zstdDecompressSync } from 'node:zlib';

/** Offsets of the x86 boot protocol, version 2.08 (Linux, Documentation/arch/x86/boot.rst). */
const SETUP_SECTORS = 0x1f1;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const SECTOR = 512;
/** The payload ends with its own uncompressed size. */
const SIZE_TRAILER = 4;

/**
 * The uncompressed kernel inside a zstd-compressed bzImage. QEMU starts it directly (PVH), which spares an emulated CPU
 * several seconds of decompression. Throws when the image is of another kind.
 */
export const extractVmlinux = (bzImage: Buffer): Buffer => {
  const setupSectors = bzImage.readUInt8(SETUP_SECTORS) || 4;
  const start = (setupSectors + 1) * SECTOR + bzImage.readUInt32LE(PAYLOAD_OFFSET);
  const payload = bzImage.subarray(start, start + bzImage.readUInt32LE(PAYLOAD_LENGTH));
  const kernel = zstdDecompressSync(payload.subarray(0, -SIZE_TRAILER));
  if (kernel.length !== payload.readUInt32LE(payload.length - SIZE_TRAILER)) {
    throw new Error('The kernel of the image did not decompress to the size it states.');
  }
  return kernel;
};
