const BLOCK = 512;
const encoder = new TextEncoder();

/** A ustar archive (POSIX.1-1988) that holds one file, `Dockerfile`: the whole context of a build. */
export const dockerfileArchive = (text: string): Uint8Array => {
  const content = encoder.encode(text);
  const padded = Math.ceil(content.length / BLOCK) * BLOCK;
  const archive = new Uint8Array(BLOCK + padded + 2 * BLOCK);
  const field = (value: string, at: number): void => {
    archive.set(encoder.encode(value), at);
  };
  field('Dockerfile', 0);
  field('0000644\0', 100);
  field('0000000\0', 108);
  field('0000000\0', 116);
  field(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  field('00000000000\0', 136);
  field('        ', 148);
  field('0', 156);
  field('ustar\u000000', 257);
  const sum = archive.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  field(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  archive.set(content, BLOCK);
  return archive;
};
