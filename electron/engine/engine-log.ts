import { chmodSync, closeSync, fstatSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
import { hasErrno } from './failure.ts';

/** The engine's log file: lines of the app with their time, and QEMU's own output as it is. Mode 0600. */
export interface EngineLog {
  readonly path: string;
  /** For a child's output; each write appends (O_APPEND), also beside other writers. */
  readonly file: number;
  readonly write: (text: string) => void;
  /** The end of the file, at most `bytes`, from the start of a line on. */
  readonly tail: (bytes: number) => string;
  /** What was written since this was called, without the app's own lines. */
  readonly mark: () => () => string;
  readonly close: () => void;
}

/** A log that has grown beyond this, 4 MiB, is put aside when the app starts; one earlier file is kept. */
const MAX_SIZE = 4_194_304;

/** The app's own lines begin with their time; nothing that QEMU writes does. */
const OWN_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

const sizeOf = (path: string): number => {
  try {
    return statSync(path).size;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return 0;
    throw error;
  }
};

export const openEngineLog = (path: string, now: () => string = () => new Date().toISOString()): EngineLog => {
  if (sizeOf(path) > MAX_SIZE) renameSync(path, `${path}.1`);
  const file = openSync(path, 'a+', 0o600);
  chmodSync(path, 0o600);

  const read = (from: number, to: number): string => {
    const buffer = Buffer.alloc(Math.max(0, to - from));
    const length = readSync(file, buffer, 0, buffer.length, from);
    return buffer.toString('utf8', 0, length);
  };

  return {
    path,
    file,
    write: (text) => {
      writeSync(file, `${now()} ${text}\n`);
    },
    tail: (bytes) => {
      const { size } = fstatSync(file);
      const from = Math.max(0, size - bytes);
      const text = read(from, size);
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    },
    mark: () => {
      const start = fstatSync(file).size;
      return () =>
        read(Math.max(start, fstatSync(file).size - 4096), fstatSync(file).size)
          .split('\n')
          .filter((line) => line.trim() !== '' && !OWN_LINE.test(line))
          .join('\n');
    },
    close: () => closeSync(file),
  };
};
