const BLOCK = 512;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What an archive is to hold. Owners are root where no other is given. */
export type Entry =
  | { readonly name: string; readonly content: string | Uint8Array; readonly owner?: number }
  | { readonly name: string; readonly link: string };

const headerOf = (entry: Entry, size: number): Uint8Array => {
  const header = new Uint8Array(BLOCK);
  const field = (value: string, at: number): void => header.set(encoder.encode(value), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const owner = octal('content' in entry ? (entry.owner ?? 0) : 0, 7);
  field(entry.name, 0);
  field(octal(0o644, 7), 100);
  field(owner, 108);
  field(owner, 116);
  field(octal(size, 11), 124);
  field(octal(0, 11), 136);
  field('        ', 148);
  field('link' in entry ? '2' : '0', 156);
  if ('link' in entry) field(entry.link, 157);
  field('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
};

/** A ustar archive (POSIX.1-1988). */
export const archiveOf = (entries: readonly Entry[]): Uint8Array => {
  const parts = entries.flatMap((entry) => {
    const given = 'content' in entry ? entry.content : '';
    const content = typeof given === 'string' ? encoder.encode(given) : given;
    const padded = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
    padded.set(content);
    return [headerOf(entry, content.length), padded];
  });
  const archive = new Uint8Array(parts.reduce((total, { length }) => total + length, 2 * BLOCK));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
};

/** The whole context of a build. */
export const buildContext = (dockerfile: string, files: readonly Entry[] = []): Uint8Array =>
  archiveOf([{ name: 'Dockerfile', content: dockerfile }, ...files]);

/** A member of an archive, as its ustar header describes it. */
export interface Member {
  readonly name: string;
  /** `uid:gid` as numbers. */
  readonly owner: string;
  readonly content: Uint8Array;
}

/** The members of a ustar archive, in its order. Longer names in pax headers are not looked at. */
export const membersIn = (archive: Uint8Array): readonly Member[] => {
  const members: Member[] = [];
  const text = (at: number, length: number): string =>
    decoder.decode(archive.subarray(at, at + length)).split('\0', 1)[0] ?? '';
  const number = (at: number, length: number): number => Number.parseInt(text(at, length).trim() || '0', 8);
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const size = number(at + 124, 12);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    members.push({ name: text(at, 100), owner: `${number(at + 108, 8)}:${number(at + 116, 8)}`, content });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
};

/** Whether these bytes begin with a ustar header. */
export const isArchive = (bytes: Uint8Array): boolean => decoder.decode(bytes.subarray(257, 262)) === 'ustar';
