import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a byte stream into lines (LF, with or without CR). A line longer than `maxLength` characters is reported once
 * and dropped with everything after it: its sender is not who it should be, or is broken.
 */
export const createLineReader = (maxLength: number, onLine: (line: string) => void, onTooLong: () => void) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let over = false;
  return (chunk: Buffer): void => {
    if (over) return;
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of [...lines, rest]) over ||= line.length > maxLength;
    if (over) {
      rest = '';
      onTooLong();
      return;
    }
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
};
