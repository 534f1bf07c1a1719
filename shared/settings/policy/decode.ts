/** A text, or the reason why the bytes are none and where. */
export type Decoded =
  | { readonly text: string }
  | { readonly line: number | null; readonly column: number | null; readonly reason: string };

/** UTF-8, with or without a byte order mark (RFC 8259, section 8.1; administrators' tools write both). */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { line: null, column: null, reason: 'The file is encoded as UTF-16; save it as UTF-8' };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ...firstBadByte(bytes), reason: 'The file is not UTF-8 here; save it as UTF-8' };
  }
}

/** Line breaks are single bytes in UTF-8 and never part of another character, so that lines can be tried one by one. */
function firstBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  const strict = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let start = 0;
  for (;;) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const content = bytes.subarray(start, lineFeed === -1 ? bytes.length : lineFeed);
    try {
      strict.decode(content);
    } catch {
      return { line, column: new TextDecoder('utf-8').decode(content).indexOf('\u{FFFD}') + 1 };
    }
    if (lineFeed === -1) {
      return { line, column: 1 };
    }
    line += 1;
    start = lineFeed + 1;
  }
}
